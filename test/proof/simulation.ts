/** A seeded simulation: everything that can happen to a system, in any order, with what must hold whatever happened. */
import { z } from 'zod'
import { agent, swarm, task } from '../../actors/index.js'
import { createManualClock } from '../../src/clock.js'
import { createSeededIds } from '../../src/ids.js'
import { fold } from '../../src/protocol/fold.js'
import { createView, isFinal, viewToData } from '../../src/protocol/view.js'
import type { AgentRef, SwarmRef, TaskRef } from '../../src/ref.js'
import { oneForAll, oneForOne, restart, restForOne, resume, stop } from '../../src/system/strategy.js'
import { createSystem } from '../../src/system/system.js'
import { majority, plurality, unanimous } from '../../src/vote/rules.js'
import { record } from '../kit/events.js'
import { settle } from '../kit/quiet.js'

export interface Outcome {
  readonly steps: readonly string[]
  readonly log: string
  /** What did not hold, with the step after which that was seen. */
  readonly broken: readonly string[]
}

const kinds = ['mesh', 'star', 'ring', 'hierarchical', 'hierarchical-mesh', 'adaptive'] as const

/** Runs so many steps; everything random comes from the seed. */
export const simulate = async (seed: number, count: number): Promise<Outcome> => {
  const clock = createManualClock()
  const ids = createSeededIds(seed, () => clock.now())
  const dice = createSeededIds(seed + 1, () => 0)
  const system = createSystem({ clock, ids, onError: () => {}, keep: 100_000 })
  const seen = record(system)
  const steps: string[] = []
  const broken: string[] = []
  const open = new Map<string, number>()
  const asks = { begun: 0, ended: 0 }
  const demand = (holds: boolean, what: string) => {
    if (!holds) broken.push(`${what} (after step ${steps.length}: ${steps.at(-1)})`)
  }
  const below = (limit: number) => Math.floor(dice.random() * limit)
  const pick = <T>(list: readonly T[]): T | undefined => list[below(list.length)]

  const worker = agent('worker', {
    hears: { work: { ms: z.number(), end: z.string() }, crash: { ms: z.number() }, hire: { id: z.string() }, note: {} },
    on: {
      async work({ ms, end }, { task: mine, sleep, checkpoint, fail, progress, subtask }) {
        const key = mine?.id ?? ''
        if (mine) {
          demand((open.get(key) ?? 0) === 0, `task ${key} is in hand twice`)
          open.set(key, (open.get(key) ?? 0) + 1)
        }
        try {
          if (end === 'parts') subtask(task({ to: 'a0', message: { type: 'work', ms: 5, end: 'well' } }))
          await sleep(ms / 2)
          progress(50)
          await checkpoint()
          await sleep(ms / 2)
          if (end === 'fail') fail('as it was told')
          if (end === 'crash') throw new Error('as it was told')
          return ms
        } finally {
          if (mine) open.set(key, (open.get(key) ?? 1) - 1)
        }
      },
      async crash({ ms }, { sleep }) {
        if (ms > 0) await sleep(ms)
        throw new Error('as it was told')
      },
      hire: ({ id }, { stage }) => void stage.spawn(worker, { id, onFailure: restart({ times: 2, backoff: [5, 50] }) }),
      note: () => 'noted',
      ballot: ({ choices }, { vote }) => vote(choices[below(choices.length + 1)], { confidence: dice.random() }),
    },
  })

  const agents: AgentRef[] = []
  const tasks: TaskRef[] = []
  const swarms: SwarmRef[] = []
  const quietly = (promise: Promise<unknown>) => void promise.catch(() => {})
  const hire = () => {
    const policy = [restart({ times: 3, backoff: [5, 50] }), resume(), stop()][below(3)]
    const supervises = [oneForOne(), oneForAll(), restForOne()][below(3)]
    const id = `a${agents.length}`
    system.spawn(worker, {
      ...{ id, concurrency: 1 + below(3) },
      ...(policy ? { onFailure: policy } : {}),
      ...(supervises ? { supervises } : {}),
    })
    agents.push(system.agent(id))
  }
  const give = () => {
    const to = below(2) === 0 ? pick(swarms) : pick(agents)
    if (!to) return
    const needs = below(3) === 0 ? [pick(tasks)].flatMap((each) => each ?? []) : []
    const end = ['well', 'well', 'fail', 'crash', 'parts'][below(5)] ?? 'well'
    const more = below(4) === 0 ? { deadline: 50 + below(500) } : below(4) === 0 ? { timeout: 10 + below(50) } : {}
    const message = { type: 'work', ms: below(80), end }
    tasks.push(system.spawn(task({ to: to.id, message, needs, retries: below(3), backoff: [1, 20], ...more })))
  }
  const acts: Record<string, () => unknown> = {
    spawn: hire,
    hire: () => pick(agents)?.send({ type: 'hire', id: `c${steps.length}` }),
    task: give,
    task2: give,
    task3: give,
    ask: () => {
      asks.begun++
      const asked = pick(agents)?.ask(
        { type: below(2) === 0 ? 'note' : 'work', ms: below(50), end: 'well' },
        { timeout: 20 + below(200) },
      )
      const end = () => void asks.ended++
      if (asked) asked.then(end, end)
      else end()
    },
    crash: () => pick(agents)?.send({ type: 'crash', ms: below(2) * 10 }),
    pause: () => quietly(pick(agents)?.pause() ?? settle()),
    resume: () => quietly(pick(agents)?.resume() ?? settle()),
    resume2: () => quietly(pick(agents)?.resume() ?? settle()),
    freeze: () => quietly(pick(agents)?.freeze() ?? settle()),
    restart: () => quietly(pick(agents)?.restart() ?? settle()),
    stop: () => below(4) === 0 && quietly(pick(agents)?.stop({ grace: below(50) }) ?? settle()),
    kill: () => below(4) === 0 && quietly(pick(agents)?.kill() ?? settle()),
    cancel: () => quietly(pick(tasks)?.cancel() ?? settle()),
    hold: () => quietly(pick(tasks)?.pause() ?? settle()),
    release: () => quietly(pick(tasks)?.resume() ?? settle()),
    release2: () => quietly(pick(tasks)?.resume() ?? settle()),
    swarm: () => {
      if (swarms.length > 4) return
      const topology = pick(kinds) ?? 'star'
      swarms.push(
        system.spawn(
          swarm({
            goal: 'simulate',
            topology,
            members: [pick(agents), pick(agents)].flatMap((each) =>
              each && system.state.agents.get(each.id)?.state !== 'stopped' ? [each] : [],
            ),
          }),
        ),
      )
    },
    join: () => quietly(pick(swarms)?.join(pick(agents)?.id ?? 'a0') ?? settle()),
    leave: () => quietly(pick(swarms)?.leave(pick(agents)?.id ?? 'a0') ?? settle()),
    rewire: () => quietly(pick(swarms)?.rewire(pick(kinds) ?? 'star') ?? settle()),
    pauseAll: () => quietly(pick(swarms)?.pause() ?? settle()),
    resumeAll: () => quietly(pick(swarms)?.resume() ?? settle()),
    resumeAll2: () => quietly(pick(swarms)?.resume() ?? settle()),
    handOver: () => quietly(pick(swarms)?.handOver({ task: pick(tasks)?.id ?? 't', reason: 'why not' }) ?? settle()),
    say: () => pick(swarms)?.send(pick(agents)?.id ?? 'a0', pick(agents)?.id ?? 'a0', { type: 'note' }),
    vote: () => {
      const rule = [majority(), unanimous(), plurality()][below(3)]
      const voters = below(2) === 0 ? pick(swarms) : undefined
      const ballot = system.propose('?', {
        voters: voters ?? agents.slice(0, 3),
        choices: ['x', 'y'],
        within: 50,
        ...(rule ? { rule } : {}),
      })
      quietly(ballot.result())
    },
    schedule: () => system.schedule(pick(agents)?.id ?? 'a0', { type: 'note' }, { every: 10 + below(50), times: 1 + below(5) }),
    wait: () => clock.advance(below(60)),
    wait2: () => clock.advance(below(200)),
  }

  const consistent = () => {
    const { state } = system
    for (const each of state.tasks.values()) {
      const holder = each.agent === undefined ? undefined : state.agents.get(each.agent)
      if (each.state === 'running' || each.state === 'paused')
        demand(holder?.tasks.includes(each.id) ?? false, `task ${each.id} runs with nobody`)
      demand(!(each.error?.message.includes('was frozen') ?? false), `task ${each.id} ended by a freeze`)
      demand((open.get(each.id) ?? 0) === 0 || !isFinal(each.state), `task ${each.id} is ${each.state} and still in hand`)
    }
    for (const each of state.agents.values())
      if (each.parent !== undefined && state.agents.get(each.parent)?.state === 'stopped')
        demand(each.state === 'stopped', `${each.id} is ${each.state} and its parent is gone`)
    for (const each of state.tasks.values()) {
      const whole = each.parent === undefined ? undefined : state.tasks.get(each.parent)
      if (whole && isFinal(whole.state))
        demand(isFinal(each.state) || each.state === 'running', `${each.id} is ${each.state} and the whole is over`)
    }
    for (const each of state.agents.values())
      for (const id of each.queue) {
        const waiting = state.tasks.get(id)
        demand(
          waiting?.state === 'assigned' && waiting.agent === each.id,
          `task ${id} stands in the queue of ${each.id} and is ${waiting?.state}`,
        )
      }
    for (const each of state.swarms.values())
      if (each.state === 'running' && each.coordinator !== undefined)
        demand(
          each.members.some(({ id }) => id === each.coordinator),
          `swarm ${each.id} is coordinated by a stranger`,
        )
  }

  hire()
  hire()
  const names = Object.keys(acts)
  for (let step = 0; step < count; step++) {
    const name = pick(names) ?? 'wait'
    steps.push(name)
    await acts[name]?.()
    if (below(3) === 0) await settle()
    if (step % 25 === 24) {
      await settle()
      consistent()
    }
  }
  for (const each of swarms) quietly(each.resume())
  for (const each of agents) quietly(each.resume())
  for (const each of tasks) quietly(each.resume())
  await clock.advance(5_000)
  consistent()
  steps.push('the end')
  let over = false
  void system.stop({ grace: 100 }).then(() => {
    over = true
  })
  for (let waited = 0; !over && waited < 60_000; waited += 20) await clock.advance(20)
  demand(over, 'the system does not stop')
  const { state } = system
  demand(
    [...state.agents.values()].every((each) => each.state === 'stopped' && each.queue.length === 0 && each.tasks.length === 0),
    'an agent is left, or its gauges are not zero',
  )
  demand(
    [...state.tasks.values()].every((each) => isFinal(each.state)),
    'a task is not final',
  )
  demand(
    [...state.swarms.values()].every((each) => each.state === 'dissolved'),
    'a swarm is left',
  )
  demand(
    [...state.ballots.values()].every((each) => each.state === 'closed'),
    'a ballot is open',
  )
  demand(asks.begun === asks.ended, `${asks.begun} asks and ${asks.ended} answers`)
  demand(
    [...open.values()].every((each) => each === 0),
    'work is still in hand',
  )
  for (const each of tasks.slice(-20)) {
    const code = await each.pause().then(
      () => 'paused',
      (error: { code: string }) => error.code,
    )
    demand(code === 'ENDED' || code === 'NOT_FOUND' || !state.tasks.has(each.id), `task ${each.id} is over and answers ${code}`)
  }
  demand(clock.pending === 0, `${clock.pending} timers wait`)
  const again = createView(system.journal.epoch, 0)
  for (const envelope of seen.envelopes) fold(again, envelope, 100_000)
  const same = JSON.stringify(viewToData(again)) === JSON.stringify(viewToData(state))
  demand(same, 'the view is not the fold of the journal')
  const log = seen.envelopes.map(({ topic, timestamp, event }) => JSON.stringify([topic, timestamp, event])).join('\n')
  return { steps, log, broken }
}
