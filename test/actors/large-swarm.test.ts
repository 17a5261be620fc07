/** Swarms of thousands: what a member costs does not depend on how many there are. */
import { describe, expect, it, vi } from 'vitest'
import { agent, swarm } from '../../actors/index.js'
import { quietSystem, settle } from '../kit/quiet.js'

const member = agent('member', { hears: { crash: {} }, on: { crash: () => Promise.reject(new Error('bang')) } })

/** How often somebody was looked up while a swarm of so many was formed, one crashed, and all was stopped. */
const lookUps = async (size: number): Promise<number> => {
  const { system, clock } = quietSystem()
  const members = Array.from({ length: size }, (_, at) => system.spawn(member, { id: `m${at}` }).id)
  // Every look-up goes through the system's core, which is its own.
  const spy = vi.spyOn(Reflect.get(system, 'core') as { agent(id: string): unknown }, 'agent')
  system.spawn(swarm({ id: 'squad', goal: 'g', members }))
  await settle()
  expect(system.state.swarms.get('squad')?.health).toBe(100)
  system.send('m7', { type: 'crash' })
  await settle()
  expect(system.state.swarms.get('squad')?.health).toBe(Math.round((100 * (size - 1)) / size) - 10)
  await clock.advance(61_000)
  expect(system.state.swarms.get('squad')?.health).toBe(100)
  await system.stop()
  expect(system.state.swarms.get('squad')?.members).toEqual([])
  return spy.mock.calls.length
}

describe('a swarm', () => {
  it('looks each member up so many times, however many there are', async () => {
    const [few, many] = [await lookUps(100), await lookUps(1_000)]
    expect(many).toBeLessThan(few * 12)
  })
})
