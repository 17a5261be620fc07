/**
 * Kills a server of its own at random moments while clients use it, and prints what became of what was acknowledged:
 * `npm run faults -- --kills 200 --seed 7`. Exits with 1 when something was lost, is there twice or stands in another order.
 */
import { parseArgs } from 'node:util'
import { systemClock } from '../src/clock.js'
import { campaign } from '../test/faults/campaign.js'
import { tableOf } from '../test/faults/oracle.js'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(systemClock.now() % 1_000_000) },
  },
})
const [kills, seed] = [Number(values.kills), Number(values.seed)]
if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) {
  console.error('Expected --kills, a whole number above 0, and --seed, a whole number.')
  process.exit(2)
}

console.log(`seed ${seed}`)
const found = await campaign(kills, seed, (done) => {
  if (done % 50 === 0) console.log(`${done} kills`)
})
console.log(
  `${found.kills} kills, ${found.early} of them before it was open, in ${Math.round(found.took / 1_000)} s; ${found.pauses} pauses held`,
)
console.log(tableOf(found))
for (const sentence of found.wrong.slice(0, 50)) console.log(`WRONG ${sentence}`)
if (found.wrong.length > 50) console.log(`and ${found.wrong.length - 50} more`)
process.exitCode = found.wrong.length === 0 ? 0 : 1
