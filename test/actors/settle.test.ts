/** Waiting for a system to have nothing more to do. */
import { describe, expect, it } from 'vitest'
import { agent } from '../../actors/index.js'
import { settle } from '../../actors/testing/index.js'
import { createManualClock } from '../../src/clock.js'
import { createSystem } from '../../src/system/system.js'

describe('a system has settled', () => {
  it('when every message that waited was handled, though none of them is an event', async () => {
    const clock = createManualClock()
    let looked = 0
    // Time passes with every look at the clock, so that the work is done in many slices.
    const system = createSystem({ clock: { ...clock, now: () => clock.now() + looked++ } })
    let handled = 0
    const counter = agent('counter', { hears: { tick: {} }, on: { tick: () => void handled++ } })
    const c = system.spawn(counter, { mailbox: 200_000 })
    await settle(system)
    expect(system.resting).toBe(true)
    for (let at = 0; at < 200_000; at++) c.send({ type: 'tick' })
    expect(system.resting).toBe(false)
    await settle(system)
    expect([handled, system.resting]).toEqual([200_000, true])
    await system.stop()
  })
})
