/** Random hostile clients of every protocol and codec. `RUNS=5000 npx vitest run test/hostile/fuzz.test.ts` looks for longer, `SEED=7` elsewhere. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fuzz, targets } from './fuzzing.js'
import { besiege, type Gauge, type Siege } from './siege.js'

const runs = Number(process.env['RUNS'] ?? 60)
const seed = Number(process.env['SEED'] ?? 20_240_215)

/** Megabytes by which a heap may differ though nothing is kept: compiled code, caches of the machine's own. */
const allowed = 24

let siege: Siege
let before: Gauge

beforeAll(async () => {
  siege = await besiege()
  // What is kept on purpose, up to a bound, is kept from the first round on.
  for (const target of targets) await fuzz(siege, target, { runs: 10, seed: seed + 1 })
  before = await siege.gauge()
}, 120_000)

afterAll(() => siege?.close())

describe('a hostile client', () => {
  it.each(targets)(
    'of $dialect in $codec is refused with a reason, and troubles nobody else',
    async (target) => {
      await expect(fuzz(siege, target, { runs, seed })).resolves.toBeUndefined()
    },
    600_000,
  )

  it('leaves nothing behind', async () => {
    const after = await siege.gauge()
    for (const [name, count] of Object.entries(after.counts)) expect(count, name).toBeLessThanOrEqual(before.counts[name] ?? 0)
    expect(after.heap - before.heap).toBeLessThan(allowed * 1_048_576)
    expect(after.outside - before.outside).toBeLessThan(allowed * 1_048_576)
  }, 60_000)
})
