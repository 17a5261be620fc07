/** A server that is killed at random moments. `KILLS=1000 SEED=7 npx vitest run test/faults/kills.test.ts` does it more often; `npm run faults` prints a table. */
import { expect, it } from 'vitest'
import { campaign } from './campaign.js'
import { tableOf } from './oracle.js'

const kills = Number(process.env['KILLS'] ?? 50)
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
