/** As many kills as the promise is made for: with 200, each at another moment, nothing is lost. `KILLS` and `SEED` choose others. */
import { expect, it } from 'vitest'
import { campaign } from './campaign.js'
import { tableOf } from './oracle.js'

const kills = Number(process.env['KILLS'] ?? 200)
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

it(`nothing that was acknowledged is lost, done twice or in another order after ${kills} kills (seed ${seed})`, {
  timeout: 180_000 + kills * 3_000,
}, async () => {
  const found = await campaign(kills, seed)
  console.log(`seed ${seed}: ${found.kills} kills, ${found.early} before it was open\n${tableOf(found)}`)
  expect(found.wrong).toEqual([])
})
