import { afterEach, describe, expect, it, vi } from 'vitest'
import { createMachine } from 'xstate'
import { live } from '../../../src/system/machine.js'

afterEach(() => vi.restoreAllMocks())

const door = createMachine({ initial: 'shut', states: { shut: { on: { OPEN: 'open' } }, open: { on: { SHUT: 'shut' } } } })

describe('the life of a machine', () => {
  it('takes nothing any more when it has ended, and leaves the console alone', () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const life = live(door, 'door')
    expect([life.send({ type: 'OPEN' }), life.send({ type: 'OPEN' })]).toEqual([true, false])
    life.stop()
    expect([life.send({ type: 'SHUT' }), life.path]).toEqual([false, 'open'])
    expect(warned).not.toHaveBeenCalled()
  })
})
