/** Every transition of the three machines, taken by the real actors: what they report is what their machine says. */
import { getAdjacencyMap } from '@xstate/graph'
import { describe, expect, it } from 'vitest'
import type { AnyStateMachine } from 'xstate'
import { agentMachine } from '../../actors/agent/machine.js'
import { agent, swarm, task } from '../../actors/index.js'
import { swarmMachine } from '../../actors/swarm/machine.js'
import { taskMachine } from '../../actors/task/machine.js'
import type { ManualClock } from '../../src/clock.js'
import { restart } from '../../src/system/strategy.js'
import type { System } from '../../src/system/system.js'
import { quietSystem, settle } from '../kit/quiet.js'

interface Step {
  readonly event: string
  readonly to: string
}

const pathOf = (value: unknown): string => {
  if (typeof value === 'string') return value
  const [[name, inner] = ['', '']] = Object.entries(value as Record<string, unknown>)
  return `${name}.${pathOf(inner)}`
}

interface Edges {
  readonly state: { readonly value: unknown }
  readonly transitions: Record<string, { readonly event: { readonly type: string }; readonly state: { readonly value: unknown } }>
}

/** A shortest way through each transition that the machine can take from its beginning. */
const ways = (machine: AnyStateMachine, events: readonly string[]): Step[][] => {
  // A machine that is not known here takes any event, and its states have values; the types cannot say so.
  const map = getAdjacencyMap(machine, { events: events.map((type) => ({ type })) }) as unknown as Record<string, Edges>
  const edges = new Map<string, Step[]>()
  let initial: string | undefined
  for (const { state, transitions } of Object.values(map)) {
    const from = pathOf(state.value)
    initial ??= from
    const steps = Object.values(transitions).map(({ event, state: next }) => ({ event: event.type, to: pathOf(next.value) }))
    edges.set(
      from,
      steps.filter(({ to }) => to !== from),
    )
  }
  const shortest = new Map<string, Step[]>([[initial ?? '', []]])
  for (const [state, way] of shortest)
    for (const step of edges.get(state) ?? []) if (!shortest.has(step.to)) shortest.set(step.to, [...way, step])
  return [...shortest].flatMap(([state, way]) => (edges.get(state) ?? []).map((step) => [...way, step]))
}

/** A promise that is settled from outside. */
const gate = () => {
  let open: (value?: unknown) => void = () => {}
  let shut: (error: Error) => void = () => {}
  const wait = new Promise((resolve, reject) => {
    open = resolve
    shut = reject
  })
  wait.catch(() => {})
  return { wait, open, shut }
}
const aborted = (signal: AbortSignal) => new Promise((end) => signal.addEventListener('abort', end))

/** Stops it, with time for those that do not listen, and nothing is left. */
const finish = async (system: System, clock: ManualClock) => {
  const stopped = system.stop({ force: true })
  await clock.advance(60_000)
  await stopped
  expect(clock.pending).toBe(0)
}

const title = (way: readonly Step[]) => way.map(({ event, to }) => `${event} → ${to}`).join(', ')

describe('the machine of an agent', () => {
  const events = ['READY', 'WORK', 'REST', 'PAUSE', 'RESUME', 'CRASH', 'RECOVER', 'STOP', 'ENDED']
  const all = ways(agentMachine, events)

  it.each(all.map((way) => [title(way), way] as const))('is what the agent does: %s', async (_, way) => {
    const { system, clock, seen } = quietSystem()
    let starting = gate()
    let working = gate()
    const ending = gate()
    const definition = agent('driven', {
      hears: { work: {}, crash: {} },
      concurrency: 2,
      onFailure: restart({ times: 100, backoff: [10, 10], jitter: 0 }),
      start: () => {
        starting = gate()
        return starting.wait
      },
      stop: () => ending.wait,
      on: {
        work: (_message, { signal }) => Promise.race([working.wait, aborted(signal)]),
        crash() {
          throw new Error('as it was told')
        },
      },
    })
    const a = system.spawn(definition, { id: 'a' })
    const verbs: Record<string, () => unknown> = {
      READY: () => starting.open(),
      WORK: () => a.send({ type: 'work' }),
      REST() {
        working.open()
        working = gate()
      },
      PAUSE: () => a.pause(),
      RESUME: () => a.resume(),
      CRASH: () => (system.state.agents.get('a')?.state === 'spawning' ? starting.shut(new Error('no start')) : a.restart()),
      RECOVER: () => clock.advance(10),
      STOP: () => void a.stop({ force: true }),
      ENDED() {
        starting.open()
        ending.open()
      },
    }
    const reached: string[] = []
    for (const { event } of way) {
      await verbs[event]?.()
      await settle()
      await settle()
      const { state = '', busy = false } = system.state.agents.get('a') ?? {}
      reached.push(state === 'running' || state === 'paused' ? `${state}.${busy ? 'busy' : 'idle'}` : state)
    }
    // What is recovered by request begins at once, so a crash of that kind is seen in what was said.
    const said = seen.events.flatMap((event) =>
      event.type === 'agent.status'
        ? [event.state === 'running' || event.state === 'paused' ? `${event.state}.${event.busy ? 'busy' : 'idle'}` : event.state]
        : [],
    )
    for (const [at, { event, to }] of way.entries()) {
      if (event === 'CRASH') expect(said).toContain('crashed')
      else expect(reached[at]).toBe(to)
    }
    ending.open()
    await finish(system, clock)
  })

  it('is walked whole', () => {
    expect(all.length).toBe(21)
    expect(new Set(all.flat().map(({ event }) => event))).toEqual(new Set(events))
  })
})

describe('the machine of a task', () => {
  const events = ['UNBLOCK', 'ASSIGN', 'RELEASE', 'BEGIN', 'PAUSE', 'RESUME', 'CRASH', 'RETRY', 'COMPLETE', 'FAIL', 'CANCEL']
  const all = ways(taskMachine, events)

  it.each(all.map((way) => [title(way), way] as const))('is what the task does: %s', async (_, way) => {
    const { system, clock, seen } = quietSystem()
    const need = gate()
    const free = gate()
    let working = gate()
    const definition = agent('driven', {
      hears: { need: {}, work: {}, busy: {} },
      on: {
        need: () => need.wait,
        work: async (_message, { fail, signal }) => {
          working = gate()
          const how = await Promise.race([working.wait, aborted(signal)])
          if (how === 'fail' || how === 'crash') fail(String(how))
          return how
        },
        busy: (_message, { signal }) => Promise.race([free.wait, aborted(signal)]),
      },
    })
    const helper = system.spawn(definition, { id: 'helper' })
    const first = system.spawn(task({ to: helper, message: { type: 'need' } }))
    const squad = system.spawn(swarm({ goal: 'g' }))
    const last = way.at(-1)
    const crashes = way.filter(({ event }) => event === 'CRASH').length
    // Where it is to fail while nobody works on it, its deadline is what fails it.
    const byDeadline = last?.event === 'FAIL' && !['running', 'paused'].includes(way.at(-2)?.to ?? '')
    const t = system.spawn(
      task({
        ...{ id: 't', to: squad, message: { type: 'work' }, needs: [first], retries: crashes, backoff: [100_000, 100_000] },
        ...(byDeadline ? { deadline: 50_000 } : {}),
      }),
    )
    const results = t.result().catch(() => {})
    let members = 0
    const verbs: Record<string, () => unknown> = {
      UNBLOCK: () => need.open(),
      async ASSIGN() {
        // One that is busy takes it, but cannot begin.
        const id = `m${members++}`
        system.spawn(definition, { id }).send({ type: 'busy' })
        await settle()
        await squad.join(id)
      },
      RELEASE: () => system.agent(`m${members - 1}`).kill(),
      BEGIN: () => free.open(),
      PAUSE: () => t.pause(),
      RESUME: () => t.resume(),
      CRASH: () => working.open('crash'),
      RETRY: () => clock.advance(130_000),
      COMPLETE: () => working.open('well'),
      FAIL: () => (byDeadline ? clock.advance(60_000) : working.open('fail')),
      CANCEL: () => t.cancel(),
    }
    for (const { event } of way) {
      await verbs[event]?.()
      await settle()
    }
    const said = seen.events.flatMap((event) =>
      event.type === 'task.status' && event.id === 't'
        ? [event.state === 'queued' ? `queued.${event.blocked ? 'blocked' : 'ready'}` : event.state]
        : [],
    )
    const expected = way.map(({ to }) => to)
    // What follows by itself, such as being given to the member that is there, may follow.
    expect(said.slice(0, expected.length)).toEqual(expected)
    await finish(system, clock)
    await results
  })

  it('is walked whole', () => {
    expect(new Set(all.flat().map(({ event }) => event))).toEqual(new Set(events))
    expect(all.length).toBe(23)
  })
})

describe('the machine of a swarm', () => {
  const events = ['FORMED', 'PAUSE', 'RESUME', 'CRASH', 'REFORM', 'DISSOLVE', 'ENDED']
  const all = ways(swarmMachine, events)

  it.each(all.map((way) => [title(way), way] as const))('is what the swarm does: %s', async (_, way) => {
    const { system, clock, seen } = quietSystem()
    const definition = agent('member', {
      hears: { go: {} },
      on: { go: (_message, { signal }) => aborted(signal) },
    })
    for (const id of ['a', 'b']) system.spawn(definition, { id })
    const squad = system.spawn(swarm({ id: 's', goal: 'g' }))
    const verbs: Record<string, () => unknown> = {
      FORMED: () => system.state.swarms.get('s')?.state === 'forming' && squad.join('a'),
      PAUSE: () => squad.pause(),
      RESUME: () => squad.resume(),
      CRASH: () => squad.leave(system.state.swarms.get('s')?.members[0]?.id ?? ''),
      REFORM: () => squad.join('b'),
      DISSOLVE: () => void squad.stop(),
      ENDED: () => settle(),
    }
    for (const { event } of way) {
      await verbs[event]?.()
      await settle()
    }
    const said = seen.events.flatMap((event) =>
      event.type === 'swarm.status' && event.from !== event.state ? [event.state] : [],
    )
    const expected = way.map(({ to }) => to)
    expect(said.slice(0, expected.length)).toEqual(expected)
    await finish(system, clock)
  })

  it('is walked whole', () => {
    expect(new Set(all.flat().map(({ event }) => event))).toEqual(new Set(events))
    expect(all.length).toBe(11)
  })
})
