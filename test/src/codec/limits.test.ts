import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codecsOf } from '../../../bridge/codecs.js'
import type { FrameLimits } from '../../../src/codec/limits.js'
import { msgpackCodec } from '../../../src/codec/msgpack.js'

const names = ['json', 'msgpack'] as const
const limits: FrameLimits = { depth: 5, text: 40, name: 12, items: 6, fields: 4, values: 15 }

/** What of a value is how much, found the slow way. */
const measured = (value: unknown): FrameLimits => {
  if (typeof value === 'string') return { depth: 0, text: value.length, name: 0, items: 0, fields: 0, values: 0 }
  if (typeof value !== 'object' || value === null) return { depth: 0, text: 0, name: 0, items: 0, fields: 0, values: 0 }
  const inner = Object.values(value).map(measured)
  const most = (key: keyof FrameLimits) => Math.max(0, ...inner.map((each) => each[key]))
  const list = Array.isArray(value)
  const keys = list ? [] : Object.keys(value)
  return {
    depth: most('depth') + 1,
    text: Math.max(most('text'), ...keys.map((key) => key.length)),
    name: Math.max(most('name'), ...keys.map((key) => key.length)),
    items: Math.max(most('items'), list ? inner.length : 0),
    fields: Math.max(most('fields'), keys.length),
    values: (inner.length || 1) + inner.reduce((sum, each) => sum + each.values, 0),
  }
}

/** Plain letters, so that both codecs count alike; whatever else a text holds is written as it is. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', ':', ',', '[', '{', ' ', '}'), maxLength: 45 })
const value = fc.letrec((tie) => ({
  any: fc.oneof({ depthSize: 'large' }, text, fc.nat(300), fc.constant(null), tie('list'), tie('object')),
  list: fc.array(tie('any'), { maxLength: 8 }),
  object: fc.dictionary(fc.string({ unit: fc.constantFrom('k', ':', ']'), maxLength: 14 }), tie('any'), { maxKeys: 6 }),
})).object

describe.each(names)('the limits of a frame in %s', (name) => {
  const codec = codecsOf(limits)[name]
  const write = codecsOf()[name]

  it('hold exactly: what is within all of them is read, and what is beyond one of them is refused', () => {
    fc.assert(
      fc.property(value, fc.boolean(), (frame, spaced) => {
        const found = measured(frame)
        const fits = Object.entries(limits).every(([each, limit]) => found[each as keyof FrameLimits] <= limit)
        const written = name === 'json' && spaced ? JSON.stringify(frame, null, 1) : write.encode(frame)
        if (fits) expect(codec.decode(written)).toEqual(JSON.parse(JSON.stringify(frame)))
        else expect(() => codec.decode(written)).toThrow(/nested deeper|longer than|more than/)
      }),
      { numRuns: 2_000 },
    )
  })

  it('say which one it is', () => {
    const cases: readonly (readonly [unknown, RegExp])[] = [
      [{ a: 'x'.repeat(41) }, /a text in it is longer than 40/],
      [{ ['k'.repeat(13)]: 1 }, /the name of a field in it is longer than 12/],
      [{ a: [1, 2, 3, 4, 5, 6, 7] }, /a list in it has more than 6 items/],
      [{ a: 1, b: 2, c: 3, d: 4, e: 5 }, /an object in it has more than 4 fields/],
      [
        {
          a: [
            [1, 2, 3, 4, 5],
            [1, 2, 3, 4, 5],
            [1, 2, 3, 4, 5],
          ],
        },
        /more than 15 items and fields in all/,
      ],
      [[[[[[[1]]]]]], /nested deeper than 5 levels/],
    ]
    for (const [frame, says] of cases) expect(() => codec.decode(write.encode(frame))).toThrow(says)
  })

  it('are wide enough for a message of every kind, and refuse a megabyte of small things', () => {
    expect(() => write.decode(write.encode({ value: Array.from({ length: 49_000 }, (_, at) => at) }))).not.toThrow()
    expect(() => write.decode(write.encode({ value: Array.from({ length: 50_001 }, () => 1) }))).toThrow(/more than 50000 items/)
    const lists = Array.from({ length: 40_000 }, () => [[]])
    expect(() => write.decode(write.encode({ lists }))).toThrow(/more than 100000 items and fields in all/)
  })
})

describe('the options of frames', () => {
  it('refuse what cannot be', () => {
    expect(() => codecsOf({ depth: 0 })).toThrow(/frames\.depth expects a whole number/)
    expect(() => codecsOf({ depth: 65 })).toThrow(/64 at the most/)
    expect(() => codecsOf({ items: 1.5 })).toThrow(/frames\.items/)
    expect(() => codecsOf({ colour: 1 } as never)).toThrow(/has no colour/)
  })
})

const mended = (odd: string) => odd.replaceAll(/\p{Surrogate}/gu, '\ufffd')

describe('what only one codec can carry', () => {
  it('is half a surrogate pair, which MessagePack writes as what stands for it, so that every client can read it', () => {
    for (const odd of ['x\ud800y', '\udc00', `${'long '.repeat(30)}\ud83d`])
      expect(msgpackCodec.decode(msgpackCodec.encode({ [`k${odd}`]: odd }))).toEqual({
        [`k${mended(odd)}`]: mended(odd),
      })
    expect(msgpackCodec.decode(msgpackCodec.encode({ a: '😀' }))).toEqual({ a: '😀' })
  })

  it('is a whole number beyond 2^53, or a number that is none: read as JSON would have it', () => {
    const map = (...value: number[]) => Uint8Array.of(0x81, 0xa1, 0x61, ...value)
    expect(msgpackCodec.decode(map(0xcf, 255, 0, 0, 0, 0, 0, 0, 1))).toEqual({ a: '18374686479671623681' })
    expect(msgpackCodec.decode(map(0xd3, 128, 0, 0, 0, 0, 0, 0, 0))).toEqual({ a: '-9223372036854775808' })
    expect(msgpackCodec.decode(map(0xcf, 0, 31, 255, 255, 255, 255, 255, 255))).toEqual({ a: Number.MAX_SAFE_INTEGER })
    expect(msgpackCodec.decode(map(0xd3, 255, 224, 0, 0, 0, 0, 0, 1))).toEqual({ a: Number.MIN_SAFE_INTEGER })
    expect(msgpackCodec.decode(map(0xcb, 127, 248, 0, 0, 0, 0, 0, 0))).toEqual({ a: null })
    expect(msgpackCodec.decode(map(0xca, 255, 128, 0, 0))).toEqual({ a: null })
  })

  it('is decided alike where a field stands twice: the last one counts', () => {
    const { json, msgpack } = codecsOf()
    expect(json.decode('{"a":1,"a":2}')).toEqual({ a: 2 })
    expect(msgpack.decode(Uint8Array.of(0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2))).toEqual({ a: 2 })
  })
})
