import { describe, expect, it } from 'vitest'
import { jsonCodec } from '../../../src/codec/json.js'
import { msgpackCodec } from '../../../src/codec/msgpack.js'
import { writable } from '../../../src/codec/writable.js'

const loop: { deep: unknown[]; again?: unknown } = { deep: [1] }
loop.again = loop
const nested = (levels: number): unknown => (levels === 0 ? 'end' : { in: nested(levels - 1) })

describe('a value as every codec can write it', () => {
  it.each<[string, unknown, unknown]>([
    ['plain data', { a: [1, 'b', null, { c: true }] }, { a: [1, 'b', null, { c: true }] }],
    ['what refers to itself', loop, { deep: [1], again: '[refers to itself]' }],
    ['the same thing twice', [loop.deep, loop.deep], [[1], [1]]],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    [
      'what throws when it is read',
      Object.defineProperty({}, 'a', {
        enumerable: true,
        get: () => {
          throw new Error('no')
        },
      }),
      '[cannot be written: no]',
    ],
    ['a key that reaches into prototypes', JSON.parse('{"__proto__": 1, "b": 2}'), { b: 2 }],
  ])('is, for %s, what one expects', (_, value, expected) => {
    expect(writable(value)).toEqual(expected)
  })

  it('can be written by both in a frame, however deep it was', () => {
    for (const codec of [jsonCodec, msgpackCodec]) {
      const frame = { payload: { tasks: [{ message: writable(nested(1_000)) }] } }
      expect(JSON.stringify(codec.decode(codec.encode(frame)))).toContain('[nested too deep to be written]')
    }
  })
})
