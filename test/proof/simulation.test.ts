/** What must hold whatever happens, in any order; more seeds with SEEDS=200. */
import { describe, expect, it } from 'vitest'
import { simulate } from './simulation.js'

const seeds = Array.from({ length: Number(process.env['SEEDS'] ?? 12) }, (_, at) => at + 1)

describe('a simulated system', { timeout: 600_000 }, () => {
  it.each(seeds)('loses nothing and leaves nothing, by seed %i', async (seed) => {
    const { broken } = await simulate(seed, 1_000)
    expect(broken).toEqual([])
  })

  it('comes out the same for the same seed, to the last byte', async () => {
    const [first, second, other] = [await simulate(1, 300), await simulate(1, 300), await simulate(2, 300)]
    expect(second.log).toBe(first.log)
    expect(other.log).not.toBe(first.log)
  })
})
