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
  journal: createMemoryJournal({ clock, ids, events: 2_000, ephemeral: 500, topics: 2_000 }),
  onError: (error, where) => void faults.push(`${where}: ${error.message}`.slice(0, 500)),
})

const echo = agent('echo', {
  hears: {
    echo: { value: z.unknown() },
    run: z.looseObject({ command: z.string() }).shape,
    note: z.looseObject({}).shape,
    hop: {},
  },
  on: {
    echo: ({ value }) => value,
    run: ({ command }) => ({ command }),
    note: () => {},
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

process.on('message', (asked: 'gauge' | 'faults' | 'end') => {
  if (asked === 'gauge') void gauge().then((found) => process.send?.(found))
  else if (asked === 'faults') process.send?.(faults.splice(0))
  else
    void Promise.all(bridges.map((bridge) => bridge.close()))
      .then(() => system.stop({ grace: 100 }))
      .then(() => process.disconnect())
})
process.send?.(bridges.map(({ port }) => port))
