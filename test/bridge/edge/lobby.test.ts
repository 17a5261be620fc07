import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Lobby, unauthenticatedLimits } from '../../../bridge/edge/lobby.js'

const silent = () => {}

describe('the lobby', () => {
  it('has so many places for one address, and they are free again when they are left, once or twice', () => {
    const lobby = new Lobby({ total: 10, perAddress: 2 })
    const leave = lobby.enter('a', silent)
    expect(leave).toBeTypeOf('function')
    expect(lobby.enter('a', silent)).toBeTypeOf('function')
    expect(lobby.enter('a', silent)).toBeUndefined()
    expect(lobby.enter('b', silent)).toBeTypeOf('function')
    leave?.()
    leave?.()
    expect(lobby.size).toBe(2)
    expect(lobby.enter('a', silent)).toBeTypeOf('function')
    expect(lobby.enter('a', silent)).toBeUndefined()
  })

  it('gives the place of who waits longest of the address that has most to one that has fewer', () => {
    const lobby = new Lobby({ total: 4, perAddress: 4 })
    const cut: string[] = []
    for (const name of ['a1', 'a2', 'a3']) lobby.enter('a', () => cut.push(name))
    lobby.enter('b', () => cut.push('b1'))
    expect(lobby.enter('a', silent)).toBeUndefined()
    expect(lobby.enter('c', () => cut.push('c1'))).toBeTypeOf('function')
    expect(cut).toEqual(['a1'])
    expect(lobby.size).toBe(4)
    // Now a has two, b and c have one each: nobody has so many more that another could ask for one.
    expect(lobby.enter('b', silent)).toBeUndefined()
    expect(lobby.enter('d', silent)).toBeTypeOf('function')
    expect(cut).toEqual(['a1', 'a2'])
    expect(lobby.enter('e', silent)).toBeUndefined()
  })

  it('never holds more than it may, whoever comes and goes, and cuts nobody who has left', () => {
    const step = fc.record({ address: fc.constantFrom('a', 'b', 'c', 'd'), leaves: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const lobby = new Lobby({ total: 6, perAddress: 3 })
        const inside = new Map<object, { address: string; leave: () => void }>()
        for (const { address, leaves } of steps) {
          const [first] = inside
          if (leaves && first) {
            first[1].leave()
            inside.delete(first[0])
            continue
          }
          const one = {}
          const leave = lobby.enter(address, () => {
            if (!inside.delete(one)) throw new Error('somebody was cut who was not there')
          })
          if (leave) inside.set(one, { address, leave })
          expect(lobby.size).toBe(inside.size)
          expect(inside.size).toBeLessThanOrEqual(6)
          for (const name of ['a', 'b', 'c', 'd'])
            expect([...inside.values()].filter((each) => each.address === name).length).toBeLessThanOrEqual(3)
        }
        for (const { leave } of inside.values()) leave()
        expect(lobby.size).toBe(0)
      }),
    )
  })

  it('takes a number for the total, and refuses what cannot be', () => {
    expect(unauthenticatedLimits(7)).toEqual({ total: 7, perAddress: 100, bytes: 65_536 })
    expect(unauthenticatedLimits({ bytes: 2_048 })).toEqual({ total: 1_000, perAddress: 100, bytes: 2_048 })
    expect(() => unauthenticatedLimits({ perAddress: 0 })).toThrow(
      /maxUnauthenticated\.perAddress expects a whole number of 1 or more/,
    )
  })
})
