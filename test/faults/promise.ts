/** The promise that kills are made for: nothing that was acknowledged is lost, done twice or in another order. */
import { expect, it } from 'vitest'
import { campaign } from './campaign.js'
import { tableOf } from './oracle.js'

/** Holds it over so many kills, each at another moment. `KILLS` and `SEED` choose others. */
export const holdsOver = (most: number): void => {
  const kills = Number(process.env['KILLS'] ?? most)
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  it(`nothing that was acknowledged is lost, done twice or in another order after ${kills} kills (seed ${seed})`, {
    timeout: 180_000 + kills * 3_000,
  }, async () => {
    const found = await campaign(kills, seed)
    console.log(`seed ${seed}: ${found.kills} kills, ${found.early} before it was open\n${tableOf(found)}`)
    expect(found.wrong).toEqual([])
    // What was never said could not be lost.
    for (const { what, acknowledged } of found.rows) expect(acknowledged, what).toBeGreaterThan(0)
  })
}
