/**
 * Plays the hostile corpus against a bridge of its own and prints what became of each file: `npm run hostile`, or `npm run hostile -- tokens`
 * for those whose area or name holds the word. Exits with 1 when one did not end as it must.
 */
import { corpus } from '../test/hostile/attack.js'
import { play } from '../test/hostile/play.js'
import { besiege } from '../test/hostile/siege.js'

const [wanted = ''] = process.argv.slice(2)
const attacks = corpus().filter(({ area, name }) => `${area}/${name}`.includes(wanted))
const siege = await besiege()
const before = await siege.gauge()
let failed = 0
for (const [number, attack] of attacks.entries()) {
  const { outcome, wrong } = await play(attack, siege, number)
  console.log(`${wrong.length === 0 ? 'held  ' : 'FAILED'} ${`${attack.area}/${attack.name}`.padEnd(52)} ${outcome}`)
  for (const each of wrong) console.log(`       ${each}`)
  if (wrong.length > 0) failed++
}
const after = await siege.gauge()
await siege.close()
const megabytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MB`
console.log(`${attacks.length} played, ${failed} failed; heap ${megabytes(before.heap)} before, ${megabytes(after.heap)} after`)
console.log(`counts before ${JSON.stringify(before.counts)}, after ${JSON.stringify(after.counts)}`)
process.exitCode = failed === 0 ? 0 : 1
