import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Envelope } from '../../../src/protocol/envelope.js'
import type { Event, EventOf } from '../../../src/protocol/event.js'
import { fold } from '../../../src/protocol/fold.js'
import { createView, isFinal, type View, viewFromData, viewToData } from '../../../src/protocol/view.js'

const into = (view: View, keep?: number) => {
  let offset = view.offset
  return (...events: Event[]) => {
    for (const event of events) {
      offset++
      const place = { id: `${offset}`, topic: 'x', seq: offset, epoch: 'e', offset, timestamp: offset * 10, source: 'x' }
      const envelope: Envelope = { ...place, priority: 'normal', event }
      fold(view, envelope, keep)
    }
  }
}

const spawned = (id: string): Event => ({
  type: 'agent.spawned',
  id,
  definition: 'd',
  name: id,
  hears: ['x'],
  says: [],
  concurrency: 1,
})
const agent = (id: string, state: EventOf<'agent.status'>['state'], busy = false): Event => ({
  type: 'agent.status',
  id,
  state,
  busy,
})
const created = (id: string, more: Partial<EventOf<'task.created'>> = {}): Event => ({
  type: 'task.created',
  id,
  title: id,
  to: 'ada',
  message: { type: 'x' },
  needs: [],
  priority: 'normal',
  retries: 0,
  ...more,
})
const task = (id: string, state: EventOf<'task.status'>['state'], more: Partial<EventOf<'task.status'>> = {}): Event => ({
  type: 'task.status',
  id,
  state,
  blocked: false,
  attempt: 1,
  ...more,
})

describe('the fold', () => {
  it('follows a task and its agent from beginning to end', () => {
    const view = createView()
    const say = into(view)
    say(spawned('ada'), agent('ada', 'running'), created('t'))
    say({ type: 'agent.queue', id: 'ada', change: 'joined', task: 't', position: 1, length: 1 })
    expect(view.agents.get('ada')?.queue).toEqual(['t'])
    say({ type: 'agent.queue', id: 'ada', change: 'left', task: 't', position: 1, length: 0 })
    say(task('t', 'running', { from: 'assigned', agent: 'ada' }), agent('ada', 'running', true))
    say({ type: 'task.progress', id: 't', progress: 40, note: 'half way', remaining: 5 })
    expect(view.tasks.get('t')).toMatchObject({ state: 'running', progress: 40, remaining: 5, agent: 'ada', startedAt: 60 })
    expect(view.agents.get('ada')).toMatchObject({ busy: true, queue: [], tasks: ['t'] })
    say(task('t', 'completed', { result: 42 }))
    expect(view.tasks.get('t')).toMatchObject({ state: 'completed', progress: 100, result: 42, endedAt: 90 })
    expect(view.tasks.get('t')).not.toHaveProperty('remaining')
    expect(view.agents.get('ada')).toMatchObject({ tasks: [], completed: 1, failed: 0, activeAt: 90 })
    expect([view.epoch, view.offset]).toEqual(['e', 9])
  })

  it('keeps a queue in the order of its positions', () => {
    const view = createView()
    const say = into(view)
    say(spawned('ada'))
    for (const [id, position] of [
      ['a', 1],
      ['b', 2],
      ['urgent', 1],
    ] as const)
      say({ type: 'agent.queue', id: 'ada', change: 'joined', task: id, position, length: 1 })
    expect(view.agents.get('ada')?.queue).toEqual(['urgent', 'a', 'b'])
  })

  it('follows a swarm with its members, coordinator and progress', () => {
    const view = createView()
    const say = into(view)
    say({ type: 'swarm.created', id: 's', name: 's', goal: 'ship', topology: 'star' }, created('t', { swarm: 's' }))
    say({ type: 'swarm.member', id: 's', agent: 'ada', change: 'joined', role: 'lead' })
    say({ type: 'swarm.member', id: 's', agent: 'bob', change: 'joined' })
    say(
      { type: 'swarm.member', id: 's', agent: 'ada', change: 'joined' },
      { type: 'swarm.coordinator', id: 's', agent: 'ada', reason: 'first' },
    )
    say({ type: 'swarm.progress', id: 's', progress: 50, completed: 1, total: 2, remaining: 9 })
    say({ type: 'swarm.progress', id: 's', progress: 100, completed: 2, total: 2 })
    expect(view.swarms.get('s')).toMatchObject({
      members: [{ id: 'bob' }, { id: 'ada' }],
      coordinator: 'ada',
      progress: 100,
      tasks: ['t'],
    })
    expect(view.swarms.get('s')).not.toHaveProperty('remaining')
    say({ type: 'swarm.member', id: 's', agent: 'ada', change: 'left' }, { type: 'swarm.coordinator', id: 's', reason: 'left' })
    expect(view.swarms.get('s')?.members).toEqual([{ id: 'bob' }])
    expect(view.swarms.get('s')).not.toHaveProperty('coordinator')
  })

  it('keeps what each voter said last', () => {
    const view = createView()
    const say = into(view)
    say({ type: 'ballot.opened', id: 'b', question: 'q', choices: ['y', 'n'], voters: ['a', 'c'], rule: { kind: 'majority' } })
    say({ type: 'ballot.vote', id: 'b', voter: 'a', choice: 'y' }, { type: 'ballot.vote', id: 'b', voter: 'a', choice: 'n' })
    say({ type: 'ballot.vote', id: 'b', voter: 'c' })
    say({ type: 'ballot.status', id: 'b', state: 'closed', decision: 'n', votes: { y: 0, n: 1 }, abstained: 1 })
    expect(view.ballots.get('b')).toMatchObject({ state: 'closed', decision: 'n', votes: { a: 'n', c: null }, closedAt: 50 })
  })

  it('passes over what concerns something that it does not know', () => {
    const view = createView()
    into(view)(agent('nobody', 'running'), task('nothing', 'running'), { type: 'agent.activity', id: 'nobody', activity: 'x' })
    expect([view.agents.size, view.tasks.size, view.offset]).toEqual([0, 0, 3])
  })

  it('remembers the newest that have finished and everything that has not, however often an id comes back', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
    fc.assert(
      fc.property(fc.array(id, { maxLength: 60 }), fc.integer({ min: 0, max: 4 }), (moves, keep) => {
        const view = createView()
        const say = into(view, keep)
        const alive = new Set<string>()
        let finished: string[] = []
        for (const id of moves) {
          if (alive.delete(id)) {
            say(agent(id, 'stopped'))
            finished = keep === 0 ? [] : [...finished, id].slice(-keep)
          } else {
            say(spawned(id))
            alive.add(id)
            finished = finished.filter((other) => other !== id)
          }
        }
        expect(new Set(view.agents.keys())).toEqual(new Set([...alive, ...finished]))
      }),
    )
  })

  it('goes on from a view that came over the wire exactly as from the one it was written from', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
    const moves = fc.array(id, { minLength: 20, maxLength: 60 })
    fc.assert(
      fc.property(moves, fc.integer({ min: 4, max: 16 }), (ids, cut) => {
        const here = createView()
        const say = into(here, 2)
        const lives = (each: string) => {
          const known = here.tasks.get(each)
          return !known || isFinal(known.state) ? created(each) : task(each, 'completed')
        }
        for (const each of ids.slice(0, cut)) say(lives(each))
        const there = viewFromData(JSON.parse(JSON.stringify(viewToData(here))))
        const sayThere = into(there, 2)
        for (const each of ids.slice(cut)) {
          const event = lives(each)
          say(event)
          sayThere(event)
        }
        expect(viewToData(there)).toEqual(viewToData(here))
      }),
      { numRuns: 300 },
    )
  })
})
