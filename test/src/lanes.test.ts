import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Lanes } from '../../src/lanes.js'
import { level, type Priority, priorities } from '../../src/protocol/priority.js'

interface Item {
  readonly id: number
  readonly priority: Priority
  readonly entity: string | undefined
}

/** The queue as one would write it without a thought for speed. */
class NaiveLanes {
  items: { item: Item; lane: number }[] = []
  push(item: Item): void {
    const lane = level(item.priority)
    const lifted = this.items.filter((each) => item.entity !== undefined && each.item.entity === item.entity && each.lane < lane)
    this.items = this.items.filter((each) => !lifted.includes(each))
    for (const each of lifted) this.items.push({ item: each.item, lane })
    this.items.push({ item, lane })
  }
  drop(): Item | undefined {
    const lowest = Math.min(...this.items.map((each) => each.lane))
    return this.#remove((each) => each.lane === lowest)
  }
  shift(): Item | undefined {
    const highest = Math.max(...this.items.map((each) => each.lane))
    return this.#remove((each) => each.lane === highest)
  }
  #remove(fits: (each: { lane: number }) => boolean): Item | undefined {
    const at = this.items.findIndex(fits)
    return at < 0 ? undefined : this.items.splice(at, 1)[0]?.item
  }
}

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ priority: fc.constantFrom(...priorities), entity: fc.constantFrom(undefined, 'a', 'b', 'c') }),
  },
  { weight: 2, arbitrary: fc.constant('shift' as const) },
)

describe('lanes', () => {
  it('do as a naive queue does, whatever is pushed and taken, drops included', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 12 }), (steps, capacity) => {
        const dropped: Item[] = []
        const lanes = new Lanes<Item>({ capacity, onDrop: (item) => dropped.push(item) })
        const naive = new NaiveLanes()
        const expectedDrops: Item[] = []
        steps.forEach((each, id) => {
          if (each === 'shift') {
            expect(lanes.shift()).toEqual(naive.shift())
            return
          }
          const item = { id, ...each }
          lanes.push(item, item.priority, item.entity)
          naive.push(item)
          if (naive.items.length > capacity) expectedDrops.push(naive.drop() as Item)
        })
        expect(dropped).toEqual(expectedDrops)
        expect(lanes.size).toBe(naive.items.length)
        expect([...lanes]).toEqual(Array.from({ length: naive.items.length }, () => naive.shift()))
      }),
      { numRuns: 2_000 },
    )
  })

  it('never reorder one entity', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ priority: fc.constantFrom(...priorities), entity: fc.constantFrom('a', 'b') }), { maxLength: 60 }),
        (items) => {
          const lanes = new Lanes<{ id: number; entity: string }>({ capacity: 1_000 })
          for (const [id, { priority, entity }] of items.entries()) lanes.push({ id, entity }, priority, entity)
          const left = [...lanes]
          for (const entity of ['a', 'b']) {
            const order = left.filter((item) => item.entity === entity).map((item) => item.id)
            expect(order).toEqual([...order].sort((x, y) => x - y))
          }
        },
      ),
    )
  })

  it('stay whole when whoever is told of a drop throws', () => {
    const lanes = new Lanes<number>({
      capacity: 1,
      onDrop: () => {
        throw new Error('no')
      },
    })
    lanes.push(1, 'low')
    lanes.push(2, 'high')
    expect([lanes.size, lanes.shift(), lanes.shift()]).toEqual([1, 2, undefined])
  })

  it('keep what takes nobody’s room, in its place, however many there are', () => {
    const dropped: number[] = []
    const lanes = new Lanes<number>({ capacity: 2, keeps: (item) => item < 0, onDrop: (item) => dropped.push(item) })
    for (const item of [-1, 1, -2, 2, -3, 3]) lanes.push(item, 'normal')
    expect([dropped, lanes.full, [...lanes]]).toEqual([[1], true, [-1, -2, 2, -3, 3]])
    expect([lanes.shift(), lanes.shift(), lanes.full, lanes.shift(), lanes.full]).toEqual([-1, -2, true, 2, false])
    lanes.clear()
    for (const item of [-1, -2, -3]) lanes.push(item, 'normal')
    lanes.drop()
    expect([lanes.full, lanes.size]).toEqual([false, 3])
  })

  it('give everything back in order when cleared, and start anew', () => {
    const lanes = new Lanes<string>({ capacity: 10 })
    lanes.push('later', 'low', 'x')
    lanes.push('now', 'critical', 'y')
    expect(lanes.clear()).toEqual(['now', 'later'])
    lanes.push('again', 'low', 'x')
    expect([...lanes]).toEqual(['again'])
  })
})
