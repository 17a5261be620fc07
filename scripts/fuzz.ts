/**
 * Shoots at a bridge of its own for a while: `npm run fuzz -- --dialect openclaw --codec json --seconds 60 --seed 7`. Without `--dialect` at
 * all protocols in turn. What did not hold is printed with the seed that shows it again, with `--shrink` as small as it can be; exits with 1 then.
 */
import { parseArgs } from 'node:util'
import { systemClock } from '../src/clock.js'
import { fuzz, targets } from '../test/hostile/fuzzing.js'
import { besiege } from '../test/hostile/siege.js'

const { values } = parseArgs({
  options: {
    dialect: { type: 'string' },
    codec: { type: 'string' },
    shrink: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(systemClock.now() % 1_000_000) },
  },
})
const chosen = targets.filter(
  ({ dialect, codec }) => dialect === (values.dialect ?? dialect) && codec === (values.codec ?? codec),
)
const [seconds, first] = [Number(values.seconds), Number(values.seed)]
if (chosen.length === 0 || !(seconds > 0) || !Number.isInteger(first)) {
  const known = targets.map(({ dialect, codec }) => `${dialect}/${codec}`).join(', ')
  console.error(`Expected --dialect and --codec of ${known}; --seconds above 0 and --seed in whole numbers.`)
  process.exit(2)
}

/** Conversations in one round. */
const runs = 50
const siege = await besiege()
const begun = systemClock.now()
let [round, failed] = [0, 0]
for (const target of chosen) await fuzz(siege, target, { runs: 5, seed: first })
const before = await siege.gauge()
while (failed === 0 && systemClock.now() - begun < seconds * 1_000) {
  const seed = first + round++
  for (const target of chosen)
    await fuzz(siege, target, { runs, seed, shrink: values.shrink }).catch((thrown: unknown) => {
      failed++
      console.error(
        `${target.dialect} in ${target.codec}, seed ${seed}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      )
    })
}
const after = await siege.gauge()
await siege.close()
const megabytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MB`
console.log(`${round * runs * chosen.length} conversations from seed ${first} on, ${failed} rounds failed`)
console.log(`heap ${megabytes(before.heap)} before, ${megabytes(after.heap)} after`)
console.log(`counts before ${JSON.stringify(before.counts)}, after ${JSON.stringify(after.counts)}`)
process.exitCode = failed === 0 ? 0 : 1
