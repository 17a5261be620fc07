import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Shares } from '../../src/shares.js'

/** Remembers one more, after whatever has to go. */
const put = (shares: Shares<number>, owner: string, name: string): void => {
  for (let old = shares.surplus(owner); old !== undefined; old = shares.surplus(owner)) shares.delete(old)
  shares.set(owner, name, 1)
}

describe('shares', () => {
  it('let whoever has most lose their oldest', () => {
    const shares = new Shares<number>(4)
    for (const name of ['e1', 'e2', 'e3']) put(shares, 'eve', name)
    put(shares, 'ann', 'a1')
    put(shares, 'bob', 'b1')
    expect([...shares].map(([name]) => name)).toEqual(['e2', 'e3', 'a1', 'b1'])
    put(shares, 'eve', 'e4')
    expect([...shares].map(([name]) => name)).toEqual(['e3', 'a1', 'b1', 'e4'])
  })

  it('hold no more than fits, and of each what is less than an equal part', () => {
    const owners = ['ann', 'bob', 'eve']
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...owners), { maxLength: 200 }), (said) => {
        const limit = 12
        const shares = new Shares<number>(limit)
        said.forEach((owner, at) => {
          put(shares, owner, `${owner} ${at}`)
        })
        expect(shares.size).toBe(Math.min(limit, said.length))
        for (const owner of owners) {
          const kept = [...shares].filter(([name]) => name.startsWith(owner)).length
          const put = said.filter((each) => each === owner).length
          expect(kept).toBeGreaterThanOrEqual(Math.min(put, limit / owners.length))
        }
      }),
    )
  })

  it('forget by name, and take the same name again as the newest', () => {
    const shares = new Shares<number>(2)
    shares.set('ann', 'one', 1)
    shares.set('ann', 'two', 2)
    shares.set('bob', 'one', 3)
    expect([shares.get('one'), shares.surplus('bob'), [...shares].map(([name]) => name)]).toEqual([3, 'one', ['two', 'one']])
    shares.delete('one')
    shares.delete('one')
    expect([shares.size, shares.get('one'), shares.surplus('bob')]).toEqual([1, undefined, undefined])
  })
})
