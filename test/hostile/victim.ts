/** The process that is attacked: one system, and two bridges on which every protocol is spoken. Its parent asks how it is. */
import { z } from 'zod'
import { agent, swarm } from '../../actors/index.js'
import { openBridge } from '../../bridge/index.js'
import { collect, counts } from '../../scripts/leaks/gauge.js'
import { systemClock } from '../../src/clock.js'
import { createIds } from '../../src/ids.js'
import { createMemoryJournal } from '../../src/journal/memory.js'
import { createSystem } from '../../src/system/system.js'
import { secret } from './material.js'

const faults: string[] = []
const clock = systemClock
const ids = createIds(() => clock.now())
// What is kept on purpose is kept short, so that it is full soon and what grows on is a leak.
const system = createSystem({
  ...{ clock, ids, keep: 50, deadLetters: { keep: 50 }, keys: { limit: 50 } },
  journal: createMemoryJournal({ clock, ids, events: 300, ephemeral: 100, topics: 300 }),
  onError: (error, where) => void faults.push(`${where}: ${error.message}`.slice(0, 500)),
})

/** Where in what came through a codec something is that JSON would not have brought; undefined: nowhere. */
const foreignIn = (value: unknown, at = 'value'): string | undefined => {
  if (value === null || ['string', 'boolean', 'number'].includes(typeof value)) return undefined
  if (typeof value !== 'object') return `${at} is a ${typeof value}`
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== (Array.isArray(value) ? Array.prototype : Object.prototype)) return `${at} is of a class of its own`
  for (const key of Object.getOwnPropertyNames(value)) {
    if (['__proto__', 'constructor', 'prototype'].includes(key)) return `${at} has the key ${key}`
    const found = key === 'length' ? undefined : foreignIn((value as Record<string, unknown>)[key], `${at}.${key.slice(0, 40)}`)
    if (found !== undefined) return found
  }
  return undefined
}

/** What every object has, from the beginning; whoever adds to it reaches everybody. */
const common = [Object.prototype, Array.prototype, Function.prototype].map((each) => Reflect.ownKeys(each).length).join()

const looked = <T>(value: T): T => {
  const found = foreignIn(value)
  if (found !== undefined) faults.push(`An agent was handed what no frame may hold: ${found}.`)
  const now = [Object.prototype, Array.prototype, Function.prototype].map((each) => Reflect.ownKeys(each).length).join()
  if (now !== common) faults.push('A prototype that all objects share was changed.')
  return value
}

const echo = agent('echo', {
  hears: {
    echo: { value: z.unknown() },
    run: z.looseObject({ command: z.string() }).shape,
    note: z.looseObject({}).shape,
    hop: {},
  },
  on: {
    echo: ({ value }) => looked(value),
    run: ({ command }) => looked({ command }),
    note: (message) => void looked(message),
    hop: (_, { stage }) => stage.send('ada', { type: 'hop' }),
  },
})

const options = { port: 0, secret, spawnable: [echo], sessionWindow: 50, agentWindow: 50, keys: { limit: 50 } }
const bridges = [await openBridge(system, options), await openBridge(system, { ...options, authTimeout: 300 })] as const
// `guard` is nobody's to touch: what it answers shows that the others are served.
const agents = [system.spawn(echo, { id: 'ada' }), system.spawn(echo, { id: 'guard' })]
await Promise.all([...agents, system.spawn(swarm({ id: 'crew', goal: 'to stand', members: agents }))].map(({ ready }) => ready))

const pause = (milliseconds: number) => new Promise<void>((resolve) => void clock.after(milliseconds, resolve))

const connected = () => bridges.reduce((sum, { connections }) => sum + connections, 0)

/** What there is once everything has ended that ends by itself soon. */
const gauge = async () => {
  const busy = () => connected() + system.state.clients.size + (counts(system)['sockets'] ?? 0)
  for (let turn = 0; turn < 300 && busy() > 0; turn++) await pause(20)
  await collect()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return { heap: heapUsed, outside: external + arrayBuffers, counts: { ...counts(system), connected: connected() } }
}

/** Ends what nobody will end; `ada` begins anew, without what was planned for it. */
const tidy = async () => {
  const { agents: all, swarms, tasks, ballots } = system.state
  const ended = new Set(['stopped', 'dissolved', 'completed', 'failed', 'cancelled', 'closed'])
  const open = <T extends { readonly id: string; readonly state: string }>(those: ReadonlyMap<string, T>) =>
    [...those.values()].filter(({ id, state }) => !ended.has(state) && id !== 'guard' && id !== 'crew')
  const endings = [
    ...open(ballots).map(({ id }) => system.ballot(id).cancel()),
    ...open(tasks).map(({ id }) => system.task(id).cancel()),
    ...open(swarms).map(({ id }) => system.swarm(id).stop()),
    ...open(all).flatMap(({ id, schedules = [] }) =>
      id === 'ada'
        ? [...schedules.map((schedule) => system.scheduled(typeof schedule === 'string' ? schedule : schedule.id).cancel())]
        : [system.agent(id).kill()],
    ),
  ]
  // What ends by itself meanwhile is as good.
  await Promise.allSettled(endings)
}

process.on('message', (asked: 'gauge' | 'faults' | 'tidy' | 'end') => {
  if (asked === 'gauge') void gauge().then((found) => process.send?.(found))
  else if (asked === 'tidy') void tidy().then(() => process.send?.('tidy'))
  else if (asked === 'faults') process.send?.(faults.splice(0))
  else
    void Promise.all(bridges.map((bridge) => bridge.close()))
      .then(() => system.stop({ grace: 100 }))
      .then(() => process.disconnect())
})
process.send?.(bridges.map(({ port }) => port))
