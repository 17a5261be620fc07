import { describe, expect, it } from 'vitest'
import { jsonCodec } from '../../../src/codec/json.js'
import { msgpackCodec } from '../../../src/codec/msgpack.js'

describe('the codec msgpack', () => {
  it('writes the holes of a list as JSON does, so that what it writes it can read', () => {
    const holes: unknown[] = []
    holes[2] = 1
    expect(msgpackCodec.decode(msgpackCodec.encode({ holes }))).toEqual({ holes: [null, null, 1] })
    expect(jsonCodec.decode(jsonCodec.encode({ holes }))).toEqual({ holes: [null, null, 1] })
  })
})
