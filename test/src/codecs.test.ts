import fc from 'fast-check'
import { Packr } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { jsonCodec } from '../../src/codec/json.js'
import { msgpackCodec } from '../../src/codec/msgpack.js'
import { TroupeError } from '../../src/errors.js'

const codecs = [jsonCodec, msgpackCodec]
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])

describe.each(codecs)('the codec $name', (codec) => {
  it('gives back what it was given, as JSON has it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        fc.pre(!/__proto__|constructor|prototype/.test(JSON.stringify(value)))
        expect(codec.decode(codec.encode({ value }))).toEqual(JSON.parse(JSON.stringify({ value })))
      }),
    )
  })

  it('writes what JSON has no word for as JSON does', () => {
    const odd = {
      gone: undefined,
      nan: Number.NaN,
      far: Number.POSITIVE_INFINITY,
      day: new Date(0),
      big: 5n,
      huge: 2n ** 80n,
      list: [undefined, 1],
    }
    expect(codec.decode(codec.encode(odd))).toEqual({
      nan: null,
      far: null,
      day: '1970-01-01T00:00:00.000Z',
      big: 5,
      huge: (2n ** 80n).toString(),
      list: [null, 1],
    })
  })

  it('refuses what is nested too deep, with a sentence', () => {
    expect(() => codec.decode(codec.encode(nested(60)))).not.toThrow()
    const deep = codec.name === 'json' ? JSON.stringify(nested(100)) : new Packr({ useRecords: false }).pack(nested(100))
    expect(() => codec.decode(deep)).toThrow(/nested deeper than 64/)
  })

  it('refuses keys that reach into prototypes', () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const bytes =
        codec.name === 'json'
          ? `{"a":[{"${key}":1}]}`
          : new Packr({ useRecords: false }).pack(new Map([['a', [new Map([[key, 1]])]]]))
      expect(() => codec.decode(bytes)).toThrow(new RegExp(`${key}.* not allowed`))
    }
  })

  it('writes nothing that the other side would refuse to read', () => {
    for (const key of ['__proto__', 'constructor', 'prototype'])
      expect(() => codec.encode({ a: [Object.fromEntries([[key, 1]])] })).toThrow(new RegExp(`${key}.* not allowed`))
    expect(() => codec.encode(nested(100))).toThrow(/nested/)
    expect(codec.decode(codec.encode({ text: 'a constructor of __proto__' }))).toEqual({ text: 'a constructor of __proto__' })
  })

  it('answers any bytes with a value or a TroupeError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          codec.decode(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(TroupeError)
          expect((error as TroupeError).code).toBe('BAD_FRAME')
          expect((error as TroupeError).message.length).toBeLessThan(400)
        }
      }),
      { numRuns: 3_000 },
    )
  })
})

describe('the codec msgpack', () => {
  it('refuses extensions, lies about lengths, trailing bytes and text', () => {
    const date = new Packr().pack({ at: new Date() })
    expect(() => msgpackCodec.decode(date)).toThrow(/extension types/)
    expect(() => msgpackCodec.decode(new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff]))).toThrow(/more items than it has bytes/)
    expect(() => msgpackCodec.decode(new Uint8Array([0x01, 0x02]))).toThrow(/1 bytes follow/)
    expect(() => msgpackCodec.decode(Uint8Array.of(0x81, 0xa1, 0x61, 0xc4, 0x01, 0x00))).toThrow(/binary data .* base64/)
    expect(() => msgpackCodec.decode(Uint8Array.of(0x81, 0xa1, 0x61, 0xa2, 0xc3, 0x28))).toThrow(/not UTF-8/)
    expect(() => msgpackCodec.decode(Uint8Array.of(0x81, 0xa1, 0xff, 0x01))).toThrow(/not UTF-8/)
    expect(msgpackCodec.decode(Uint8Array.of(0x81, 0xa1, 0x61, 0xa2, 0xc3, 0xa4))).toEqual({ a: 'ä' })
    expect(() => msgpackCodec.decode('{}')).toThrow(/got text/)
  })
})

describe('the codec json', () => {
  it('refuses a forbidden key that hides behind an escape', () => {
    expect(() => jsonCodec.decode('{"\\u005f_proto__":1}')).toThrow(/not allowed/)
  })
})
