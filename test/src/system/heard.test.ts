/** What is only done while somebody listens. */
import { describe, expect, it } from 'vitest'
import { quietSystem } from '../../kit/quiet.js'

const watched = (topic = 'system.metrics') => {
  const { system, seen } = quietSystem()
  seen.stop()
  const said: string[] = []
  const stop = system.whileHeard(topic, () => {
    said.push('begins')
    return () => void said.push('ends')
  })
  return { system, said, stop }
}

describe('while a topic is heard', () => {
  it('begins with the first who listens and ends with the last', () => {
    const { system, said } = watched()
    expect(said).toEqual([])
    const one = system.listen('system.metrics', () => {})
    const two = system.listen('system.*', () => {})
    expect(said).toEqual(['begins'])
    one()
    expect(said).toEqual(['begins'])
    two()
    two()
    expect(said).toEqual(['begins', 'ends'])
    system.listen('#', () => {})
    expect(said).toEqual(['begins', 'ends', 'begins'])
  })

  it('is none of other topics', () => {
    const { system, said } = watched()
    system.listen('system.traffic', () => {})
    system.listen('agent.#', () => {})
    expect(said).toEqual([])
  })

  it('begins at once where somebody listens already, and ends when it is stopped', () => {
    const { system } = watched()
    system.listen('system.metrics', () => {})
    const said: string[] = []
    const stop = system.whileHeard('system.metrics', () => {
      said.push('begins')
      return () => void said.push('ends')
    })
    expect(said).toEqual(['begins'])
    stop()
    stop()
    system.listen('system.#', () => {})
    expect(said).toEqual(['begins', 'ends'])
  })

  it('ends with a listener that is detached because it throws', async () => {
    const { system, said } = watched('team.blue')
    system.listen('team.blue', () => {
      throw new Error('deaf')
    })
    expect(said).toEqual(['begins'])
    await system.channel('team.blue').publish(1)
    expect(said).toEqual(['begins', 'ends'])
  })
})
