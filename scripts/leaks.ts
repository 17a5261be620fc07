/**
 * Looks for leaks: agents are spawned, messaged and stopped in rounds, and what is left after each is printed. Exits with 1 when
 * something grew. `--agents 100000` in all, `--rounds 20`; `--bridge` does it with clients that come and go.
 */
import { parseArgs } from 'node:util'
import { systemClock } from '../src/clock.js'
import { createIds } from '../src/ids.js'
import { createMemoryJournal } from '../src/journal/memory.js'
import { createSystem } from '../src/system/system.js'
import { agentRound } from './leaks/agents.js'
import { clientRound, openBridged } from './leaks/clients.js'
import { type Gauge, gauge, grown } from './leaks/gauge.js'

const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '20' },
    bridge: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const each = Math.ceil(Number(values.agents) / rounds)
if (!(Number.isInteger(rounds) && rounds >= 4 && each >= 1)) {
  console.error('Expected --agents of 1 or more and --rounds of 4 or more, in numbers.')
  process.exit(2)
}

const show = (row: Gauge): void =>
  console.log(
    [
      String(row.round).padStart(5),
      `${(row.heap / 1_048_576).toFixed(1)} MB`.padStart(10),
      `${(row.outside / 1_048_576).toFixed(1)} MB`.padStart(10),
      ...Object.values(row.counts).map((count) => String(count).padStart(10)),
    ].join(''),
  )

// What is kept on purpose is kept short here, so that it is full after a round or two and what grows on is a leak.
const clock = systemClock
const ids = createIds(() => clock.now())
const journal = createMemoryJournal({ clock, ids, events: 5_000, ephemeral: 1_000, topics: 8_000 })
const system = createSystem({ onError: () => {}, journal, clock, ids, keep: 200, deadLetters: { keep: 100 } })
const bridged = values.bridge ? await openBridged(system) : undefined
const round = () => (bridged ? clientRound(bridged, Math.ceil(each / 10)) : agentRound(system, each))
console.log(`${values.agents} agents in ${rounds} rounds${bridged ? ', by clients that come and go' : ''}`)
const rows: Gauge[] = []
for (let at = 0; at <= rounds; at++) {
  await round()
  const row = await gauge(at, system, bridged)
  if (at === 0)
    console.log(['round', '      heap', '   outside', ...Object.keys(row.counts).map((name) => name.padStart(10))].join(''))
  rows.push(row)
  show(row)
}
await bridged?.close()
await system.stop()
const found = grown(rows, each)
for (const sentence of found) console.error(sentence)
console.log(found.length === 0 ? 'nothing grew' : `${found.length} things grew`)
process.exitCode = found.length === 0 ? 0 : 1
