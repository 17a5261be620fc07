/** From what clients were recorded to say, and from what they may say, to what none should: first the structure is changed, then bytes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { Packr } from 'msgpackr'
import { mutated, noise } from '../kit/arbitrary.js'
import { tongues } from '../kit/tongues/all.js'
import type { Shape } from '../kit/tongues/tongue.js'
import type { DialectName } from './attack.js'

export type CodecName = 'json' | 'msgpack'

/** A message on its way: as a text or a binary frame, in how many pieces, and whether its own bytes are harmed as well. */
export interface Shot {
  readonly opcode: 1 | 2
  readonly bytes: Uint8Array
  readonly pieces: number
  /** What is done to the frame itself, head and mask included. */
  readonly raw: readonly Cut[]
}

interface Cut {
  readonly kind: 'flip' | 'set' | 'drop' | 'repeat' | 'insert' | 'end'
  readonly at: number
  readonly byte: number
  readonly length: number
}

const cut: fc.Arbitrary<Cut> = fc.record({
  kind: fc.constantFrom('flip', 'set', 'drop', 'repeat', 'insert', 'end'),
  at: fc.nat(),
  byte: fc.oneof(
    fc.nat(255),
    fc.constantFrom(0x00, 0x22, 0x5b, 0x5c, 0x7b, 0x7f, 0x80, 0xc1, 0xc7, 0xd4, 0xdb, 0xdd, 0xdf, 0xff),
  ),
  length: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constantFrom(64, 1_000)),
})

const put = (bytes: Buffer, at: number, byte: number): Buffer => {
  if (at < bytes.length) bytes[at] = byte & 0xff
  return bytes
}

const done: Readonly<Record<Cut['kind'], (bytes: Buffer, at: number, cut: Cut) => Buffer>> = {
  flip: (bytes, at, { byte }) => put(bytes, at, (bytes[at] ?? 0) ^ (1 << (byte % 8))),
  set: (bytes, at, { byte }) => put(bytes, at, byte),
  drop: (bytes, at, { length }) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]),
  repeat: (bytes, at, { length, byte }) => {
    const piece = bytes.subarray(at, at + length)
    return Buffer.concat([bytes.subarray(0, at), ...Array.from({ length: (byte % 64) + 1 }, () => piece), bytes.subarray(at)])
  },
  insert: (bytes, at, { byte, length }) => Buffer.concat([bytes.subarray(0, at), Buffer.alloc(length, byte), bytes.subarray(at)]),
  end: (bytes, at) => bytes.subarray(0, at),
}

/** Bytes with that done to them, one after the other. */
export const harm = (bytes: Uint8Array, cuts: readonly Cut[]): Buffer =>
  cuts.reduce<Buffer>((left, each) => done[each.kind](left, each.at % (left.length + 1), each), Buffer.from(bytes))

const linesOf = (path: string): string[] => readFileSync(join(import.meta.dirname, '../dialects', path), 'utf8').split('\n')

/** What the client says in the recorded sessions; its words in angle brackets are texts like any other here. */
const recorded = (dialect: DialectName): Shape[] => {
  if (dialect === 'native') return []
  if (dialect === 'agentcraft')
    return linesOf('agentcraft/session.jsonl').flatMap((line) => {
      const { client } = JSON.parse(line || '{}') as { client?: Shape }
      return client ? [client] : []
    })
  return linesOf(`${dialect}/session.transcript`).flatMap((line) => {
    const [, said] = /^(?:→|\w >) (\{.*)$/.exec(line) ?? []
    return said === undefined ? [] : [JSON.parse(said) as Shape]
  })
}

const packr = new Packr({ useRecords: false, structuredClone: false })

/** As the codec writes it, but without what the codec would refuse. */
const written = (text: string | Uint8Array, codec: CodecName): Uint8Array => {
  if (typeof text !== 'string') return text
  if (codec === 'msgpack')
    try {
      return packr.pack(JSON.parse(text))
    } catch {
      // What is no JSON is no value either.
    }
  return Buffer.from(text)
}

/** Writes all that MessagePack has a form for, and JSON has not. */
const rich = new Packr({ moreTypes: true, structuredClone: true, useRecords: false, largeBigIntToString: false })

/** Values that no frame may hold, or that are to be made plain. */
const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[new Date(0), new Set([1]), /(a+)+$/, new Error('x'), Buffer.from('x'), 2n ** 60n, Number.NaN, undefined],
  ),
  fc.constantFrom('__proto__', 'constructor', 'prototype').map((key) => JSON.parse(`{"${key}":{"admin":true}}`) as unknown),
  fc.integer({ min: 60, max: 70 }).map((depth) => Array.from({ length: depth }).reduce<unknown>((inner) => [inner], 0)),
)

/** A message of which an agent is handed such a value. */
const smuggled: fc.Arbitrary<Uint8Array> = fc
  .tuple(strange, fc.uuid(), fc.constantFrom('echo', 'note'), fc.array(fc.constantFrom('a', '0'), { maxLength: 3 }))
  .map(([value, id, type, path]) => {
    const within = path.reduce<unknown>((inner, name) => (name === '0' ? [inner] : { [name]: inner }), value)
    return rich.pack({ id, type: 'task.create', payload: { to: 'ada', message: { type, value: within } } })
  })

/** The same in JSON, which can only bring names, written in all the ways that there are. */
const smuggledText: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.constantFrom('"__proto__"', '"\\u005f_proto__"', '"constructor"', '"const\\u0072uctor"', '"prototype"', '"__proto__" \n'),
    fc.uuid(),
    fc.constantFrom('', 'x'.repeat(5_000)),
  )
  .map(([name, id, padding]) => {
    const value = `{"a":"${padding}","b":[{${name}:{"admin":true}}]}`
    return Buffer.from(`{"id":"${id}","type":"task.create","payload":{"to":"ada","message":{"type":"echo","value":${value}}}}`)
  })

/** What is shot at a connection of that protocol. */
export const shots = (dialect: DialectName, codec: CodecName): fc.Arbitrary<readonly Shot[]> => {
  const own = tongues.filter(({ name }) => name.startsWith(dialect))
  if (own.length === 0) throw new Error(`There is no tongue of ${dialect}.`)
  const known = recorded(dialect)
  const frames = fc.oneof(...own.map((tongue) => tongue.frames), ...(known.length > 0 ? [fc.constantFrom(...known)] : []))
  const whole = fc.tuple(frames, fc.uuid()).map(([frame, id]): Shape => ({ ...frame, id }))
  const text = fc.oneof(
    { weight: 3, arbitrary: whole.map((frame) => JSON.stringify(frame)) },
    { weight: 4, arbitrary: mutated(whole) },
    { weight: 1, arbitrary: noise },
  )
  const cuts = fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(cut, { minLength: 1, maxLength: 4 }) },
  )
  const shot = fc
    .record({
      text,
      cuts,
      opcode: fc.constantFrom<(1 | 2)[]>(...(codec === 'json' ? ([1, 1, 2] as const) : ([2, 2, 2, 1] as const))),
      pieces: fc.constantFrom(1, 1, 1, 2, 5),
      raw: fc.oneof(
        { weight: 30, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(cut, { minLength: 1, maxLength: 2 }) },
      ),
    })
    .map(({ text: said, cuts: harms, ...rest }): Shot => ({ ...rest, bytes: harm(written(said, codec), harms) }))
  if (dialect !== 'native') return fc.array(shot, { minLength: 1, maxLength: 25, size: 'max' })
  const trick = (codec === 'json' ? smuggledText : smuggled).map(
    (bytes): Shot => ({ opcode: codec === 'json' ? 1 : 2, bytes, pieces: 1, raw: [] }),
  )
  const either = fc.oneof({ weight: 9, arbitrary: shot }, { weight: 1, arbitrary: trick })
  return fc.array(either, { minLength: 1, maxLength: 25, size: 'max' })
}
