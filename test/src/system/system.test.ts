import { map } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../../actors/agent/define.js'
import { swarm } from '../../../actors/swarm/define.js'
import { task } from '../../../actors/task/define.js'
import { fold } from '../../../src/protocol/fold.js'
import { createView } from '../../../src/protocol/view.js'
import { majority } from '../../../src/vote/rules.js'
import { quietSystem, settle } from '../../kit/quiet.js'

const worker = agent('worker', {
  hears: { work: { ms: z.number() }, tell: { to: z.string() }, hire: {} },
  on: {
    async work({ ms }, { sleep }) {
      await sleep(ms)
    },
    tell: ({ to }, { stage }) => stage.send(to, { type: 'hire' }),
    hire: (_, { stage }): string => stage.spawn(worker, { id: 'hired' }).id,
  },
})

describe('a system', () => {
  it('tells everybody the same events in the same order, also those that a listener causes', () => {
    const { system } = quietSystem()
    const first: string[] = []
    const second: string[] = []
    system.channel('chain.*').subscribe(({ body }) => {
      first.push(String(body))
      if (body === 1) void system.channel('chain.x').publish(2)
    })
    system.channel('chain.*').subscribe(({ body }) => second.push(String(body)))
    void system.channel('chain.x').publish(1)
    void system.channel('chain.x').publish(3)
    expect([first, second]).toEqual([
      ['1', '2', '3'],
      ['1', '2', '3'],
    ])
  })

  it('detaches a subscriber that throws, through any operators, and its neighbours go on', () => {
    const { system, errors } = quietSystem()
    const heard: unknown[] = []
    let thrown = 0
    const clumsy = () => {
      thrown++
      throw new Error('clumsy')
    }
    system.channel('team.blue').subscribe(clumsy)
    system
      .channel('team.blue')
      .pipe(map((event) => event.body))
      .subscribe(clumsy)
    system.channel('team.blue').envelopes.subscribe({ next: clumsy })
    system.channel('team.blue').pipe(map(clumsy)).subscribe()
    system.channel('team.blue').subscribe((event) => heard.push(event.body))
    void system.channel('team.blue').publish(1)
    void system.channel('team.blue').publish(2)
    expect([heard, thrown]).toEqual([[1, 2], 4])
    expect(errors.map(({ message }) => message)).toEqual(['clumsy', 'clumsy', 'clumsy', 'clumsy'])
  })

  it('goes on when onError itself throws', () => {
    const said: string[] = []
    const { error } = console
    console.error = (text: string) => void said.push(text)
    try {
      const { system } = quietSystem({
        onError: () => {
          throw new Error('worse')
        },
      })
      system.report('a test', new Error('bad'))
      expect(system.state.errors).toBe(1)
    } finally {
      console.error = error
    }
    expect(said).toEqual(['troupe: onError itself threw (worse) when told of a test: bad'])
  })

  it('gives an async loop every event, or says what it was too slow for', async () => {
    const { system } = quietSystem()
    const dropped: number[] = []
    const loop = system.channel('team.blue').iterate({ capacity: 2, onDrop: ({ seq }) => dropped.push(seq) })
    const first = loop.next()
    for (let at = 1; at <= 4; at++) void system.channel('team.blue').publish(at)
    expect((await first).value?.event.body).toBe(3)
    expect((await loop.next()).value?.event.body).toBe(4)
    expect(dropped).toEqual([1, 2])
    await loop.return()
  })

  it('refuses an id that is taken, and what is sent to the refused is a dead letter, not the other’s', async () => {
    const { system, seen } = quietSystem()
    system.spawn(worker, { id: 'w' })
    const double = system.spawn(worker, { id: 'w' })
    await expect(double.ready).rejects.toMatchObject({ code: 'ID_TAKEN' })
    double.send({ type: 'hire' })
    await expect(double.ask({ type: 'hire' })).rejects.toMatchObject({ code: 'ID_TAKEN' })
    await expect(double.pause()).rejects.toMatchObject({ code: 'ID_TAKEN' })
    await settle()
    expect(seen.events.flatMap((event) => (event.type === 'system.dead-letter' ? [event.reason] : []))).toEqual(['no-actor'])
    expect(system.state.agents.has('hired')).toBe(false)
  })

  it('knows who spawned and who sent', async () => {
    const { system, seen } = quietSystem()
    const w = system.spawn(worker, { id: 'w' })
    system.spawn(worker, { id: 'other' })
    w.send({ type: 'tell', to: 'other' })
    await seen.until((event) => event.type === 'agent.status' && event.id === 'hired')
    expect(system.state.agents.get('hired')?.parent).toBe('other')
  })

  it('lets in no more agents than may live', async () => {
    const { system } = quietSystem({ maxAgents: 1 })
    const one = system.spawn(worker)
    await expect(system.spawn(worker).ready).rejects.toMatchObject({ code: 'TOO_MANY' })
    await one.stop()
    await system.spawn(worker).ready
  })

  it('drains: what runs finishes, what waits is cancelled, nothing new begins, and nothing is left', async () => {
    const { system, clock, seen } = quietSystem()
    const w = system.spawn(worker, { id: 'w' })
    const s = system.spawn(swarm({ id: 's', goal: 'g', members: [w] }))
    const running = system.spawn(task({ id: 'running', to: s, message: { type: 'work', ms: 100 } }))
    const waiting = system.spawn(task({ id: 'waiting', to: s, message: { type: 'work', ms: 100 } }))
    const ballot = system.propose('?', { voters: ['somebody'], choices: ['a'], within: 60_000 })
    const cancelled = expect(waiting.result()).rejects.toMatchObject({ code: 'CANCELLED' })
    await settle()
    const stopped = system.stop({ grace: 1_000 })
    expect(system.stop()).toBe(stopped)
    await expect(system.spawn(worker).ready).rejects.toMatchObject({ code: 'DRAINING' })
    await clock.advance(100)
    await stopped
    await running.result()
    await cancelled
    expect(await ballot.result()).toMatchObject({ decision: null, reason: 'cancelled' })
    expect(seen.states('s').at(-1)).toBe('dissolved')
    expect(clock.pending).toBe(0)
  })

  it('gives copies of its view that later events do not change', async () => {
    const { system } = quietSystem()
    const w = system.spawn(worker, { id: 'w' })
    const before = await system.view()
    await w.pause()
    expect([before.agents.get('w')?.state, system.state.agents.get('w')?.state]).toEqual(['running', 'paused'])
  })

  it('has no number that a fold over its events does not give', async () => {
    const { system, clock, seen } = quietSystem()
    const w = system.spawn(worker, { id: 'w' })
    const s = system.spawn(swarm({ id: 's', goal: 'g', members: [w] }))
    for (let at = 0; at < 5; at++)
      system.spawn(task({ id: `t${at}`, to: at % 2 ? s.id : w.id, message: { type: 'work', ms: 10 } }))
    system.propose('?', { voters: s, choices: ['a', 'b'], rule: majority() })
    await clock.advance(1_000)
    await w.stop()
    const again = createView()
    for (const envelope of seen.envelopes) fold(again, envelope)
    expect(again).toEqual(system.state)
  })

  it('forgets what ended long ago, and only that', async () => {
    const { system } = quietSystem({ keep: 2 })
    const alive = system.spawn(worker, { id: 'alive' })
    for (const id of ['a', 'b', 'c', 'd']) await system.spawn(worker, { id }).stop()
    expect([...system.state.agents.keys()].sort()).toEqual(['alive', 'c', 'd'])
    await alive.pause()
  })
})

describe('a ballot', () => {
  const voter = (name: string, choice: string | undefined) =>
    agent(name, { hears: {}, on: { ballot: (_, { vote }) => vote(choice, { reason: name }) } })

  it('asks its voters and closes as soon as the outcome is certain', async () => {
    const { system, seen } = quietSystem()
    const voters = ['a', 'b'].map((name) => system.spawn(voter(name, 'yes'), { id: name }))
    const ballot = system.propose('Well?', { voters: [...voters, 'absent'], choices: ['yes', 'no'], within: 60_000 })
    expect(await ballot.result()).toEqual({
      decision: 'yes',
      reason: 'decided',
      votes: { yes: 2, no: 0 },
      abstained: 0,
      voters: 3,
    })
    await expect(ballot.vote('absent', 'no')).rejects.toMatchObject({ code: 'INVALID_STATE' })
    expect(seen.events.filter((event) => event.type.startsWith('ballot.')).map((event) => event.type)).toEqual([
      'ballot.opened',
      'ballot.vote',
      'ballot.vote',
      'ballot.status',
    ])
  })

  it('decides nothing at its deadline without a quorum', async () => {
    const { system, clock } = quietSystem()
    const ballot = system.propose('?', {
      voters: ['a', 'b', 'c'],
      choices: ['yes', 'no'],
      rule: majority({ quorum: 2 / 3 }),
      within: 100,
    })
    await ballot.vote('a', 'yes')
    await clock.advance(100)
    expect(await ballot.result()).toMatchObject({ decision: null, reason: 'deadline' })
  })

  it('lets a vote be changed until it closes, and takes none from strangers or for nothing', async () => {
    const { system } = quietSystem()
    const ballot = system.propose('?', { voters: ['a', 'b', 'c'], choices: ['yes', 'no'] })
    await ballot.vote('a', 'yes')
    await ballot.vote('a', 'no')
    await expect(ballot.vote('stranger', 'yes')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(system.ballot(ballot.id).vote('b', 'perhaps')).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
    await ballot.vote('b', 'no')
    expect(await ballot.result()).toMatchObject({ decision: 'no', votes: { yes: 0, no: 2 } })
  })

  it('closes at a veto, with the other choice', async () => {
    const { system } = quietSystem()
    const ballot = system.propose('?', {
      voters: ['a', 'b', 'c'],
      choices: ['accept', 'reject'],
      rule: majority({ veto: ['a'] }),
    })
    await ballot.vote('b', 'accept')
    await ballot.vote('c', 'accept')
    expect(system.state.ballots.get(ballot.id)?.state).toBe('open')
    await ballot.vote('a', 'reject')
    expect(await ballot.result()).toMatchObject({ decision: 'reject', reason: 'veto' })
  })

  it('counts an agent without an opinion as an abstention', async () => {
    const { system } = quietSystem()
    system.spawn(worker, { id: 'w' })
    system.spawn(voter('silent', undefined), { id: 'silent' })
    expect(await system.propose('?', { voters: ['w', 'silent'], choices: ['yes'] }).result()).toMatchObject({
      decision: null,
      abstained: 2,
      reason: 'complete',
    })
  })

  it('waits for agents without an opinion where somebody may vote as them', async () => {
    const { system } = quietSystem()
    const members = ['w', 'x', 'y'].map((id) => system.spawn(worker, { id }))
    const ballot = system.propose('?', { voters: members, choices: ['yes', 'no'], waits: true, metadata: { why: 'because' } })
    await ballot.vote('w', 'yes', { confidence: 0.5 })
    expect(system.state.ballots.get(ballot.id)).toMatchObject({
      state: 'open',
      confidences: { w: 0.5 },
      metadata: { why: 'because' },
    })
    await ballot.vote('x', 'yes')
    expect(await ballot.result()).toMatchObject({ decision: 'yes', reason: 'decided' })
  })

  it('is refused without choices that differ', async () => {
    const { system } = quietSystem()
    await expect(system.propose('?', { voters: ['a'], choices: [] }).ready).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
    await expect(system.propose('?', { voters: ['a'], choices: ['x', 'x'] }).result()).rejects.toMatchObject({
      code: 'INVALID_MESSAGE',
    })
    await expect(system.propose('?', { voters: ['a'], choices: ['constructor'] }).ready).rejects.toMatchObject({
      code: 'INVALID_MESSAGE',
    })
    await expect(system.propose('?', { voters: ['__proto__'], choices: ['x'] }).ready).rejects.toMatchObject({
      code: 'INVALID_MESSAGE',
    })
  })
})

describe('the channels of a system that has stopped', () => {
  it('have ended, and those that are asked for afterwards end at once', async () => {
    const { system } = quietSystem()
    const ends: string[] = []
    const loop = (async () => {
      for await (const { body } of system.channel('team.blue')) ends.push(String(body))
      ends.push('loop')
    })()
    system.channel('task.#').subscribe({ complete: () => ends.push('subscriber') })
    const left = system.channel('task.#').subscribe({ complete: () => ends.push('never') })
    left.unsubscribe()
    await system.channel('team.blue').publish(1)
    await system.stop()
    await loop
    system.channel('task.#').subscribe({ complete: () => ends.push('late') })
    expect(ends).toEqual(['1', 'subscriber', 'loop', 'late'])
  })
})
