/** Rounds of agents and of clients leave nothing behind: counted exactly, what the heap holds aside. */
import { describe, expect, it } from 'vitest'
import { agentRound } from '../../scripts/leaks/agents.js'
import { clientRound, openBridged } from '../../scripts/leaks/clients.js'
import { counts, grown, quiet } from '../../scripts/leaks/gauge.js'
import { createSystem } from '../../src/system/system.js'

/** The test runner has timers of its own, which come and go. */
const left = (system: Parameters<typeof counts>[0]) => {
  const { timers: _, ...rest } = counts(system)
  return rest
}

describe('rounds of agents', () => {
  it('leave no actor and no listener behind', async () => {
    const system = createSystem({ onError: () => {} })
    const before = left(system)
    for (let round = 0; round < 3; round++) {
      await agentRound(system, 300)
      await quiet(system, undefined)
      expect(left(system)).toEqual(before)
    }
    await system.stop()
  })
})

describe('rounds of clients', () => {
  it('leave no session, no socket and no listener behind', async () => {
    const system = createSystem({ onError: () => {} })
    const bridged = await openBridged(system)
    await clientRound(bridged, 5)
    await quiet(system, bridged)
    const before = left(system)
    await clientRound(bridged, 40)
    await quiet(system, bridged)
    expect(left(system)).toEqual(before)
    await bridged.close()
    await system.stop()
  })
})

describe('the search for leaks', () => {
  const row = (round: number, heap: number, listeners = 5) => ({ round, heap, outside: 0, counts: { listeners } })

  it('passes over what swings, and what fills up at first', () => {
    const heaps = [10, 50, 80, 90, 90.4, 90.1, 90.3, 90.2].map((megabytes, at) => row(at, megabytes * 1e6))
    expect(grown(heaps, 5_000)).toEqual([])
  })

  it('tells what grows on, and by how much', () => {
    const leaking = Array.from({ length: 8 }, (_, at) => row(at, 1e7 + at * 5e5, 5 + at))
    expect(grown(leaking, 5_000)).toEqual([
      'listeners grew from 9 to 12.',
      'The heap grew by 100.0 bytes for each agent that came and went; 24 are allowed.',
    ])
  })
})
