/** Plays every file of the corpus against one bridge, and looks at what is left in the end. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { corpus } from './attack.js'
import { play } from './play.js'
import { besiege, type Gauge, type Siege } from './siege.js'

const attacks = corpus()
const areas = [...new Set(attacks.map(({ area }) => area))]

/** Megabytes by which a heap may differ though nothing is kept: compiled code, caches of the machine's own. */
const allowed = 12

let siege: Siege
let before: Gauge

beforeAll(async () => {
  siege = await besiege()
  // Once through what is loaded and filled at the first time.
  const again = attacks.filter(({ area }, place) => area !== 'application' && place % 5 === 0)
  for (const [at, attack] of again.entries()) await play(attack, siege, 2_000 + at)
  before = await siege.gauge()
}, 120_000)

afterAll(() => siege?.close())

describe('the corpus', () => {
  it('is large, each file tries something of its own, and every area of the protocol is in it', () => {
    expect(attacks.length).toBeGreaterThanOrEqual(150)
    expect(new Set(attacks.map(({ name }) => name)).size).toBe(attacks.length)
    expect(new Set(attacks.map(({ tries }) => tries)).size).toBe(attacks.length)
    expect(areas).toEqual(['application', 'dialects', 'framing', 'json', 'msgpack', 'tokens', 'topics', 'upgrade'])
  })
})

describe.each(areas)('hostile input: %s', (area) => {
  const own = attacks.flatMap((attack, number) => (attack.area === area ? [[attack.name, attack, number] as const] : []))
  it.each(own)('%s', async (_, attack, number) => {
    const { wrong } = await play(attack, siege, number)
    expect(wrong, `${attack.tries} It must end so: ${attack.must}`).toEqual([])
  })
})

describe('after all of it', () => {
  it('holds as many sockets, timers, clients and actors as before, and no more memory', async () => {
    const after = await siege.gauge()
    expect(after.counts).toEqual(before.counts)
    expect(after.heap - before.heap).toBeLessThan(allowed * 1_048_576)
    expect(after.outside - before.outside).toBeLessThan(allowed * 1_048_576)
  }, 60_000)
})
