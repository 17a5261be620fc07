/** Reads MessagePack without building anything, to refuse what is not safe to decode. */
import { TroupeError } from '../errors.js'
import { isForbiddenKey } from './codec.js'
import { type FrameLimits, tooMuch } from './limits.js'

const bad = (what: string) => new TroupeError('BAD_FRAME', `Expected a frame in MessagePack: ${what}`)

/** Bytes that a value of fixed size has behind its first byte: float 32 and 64, unsigned and signed integers. */
const fixed: Readonly<Record<number, number>> = {
  0xca: 4,
  0xcb: 8,
  0xcc: 1,
  0xcd: 2,
  0xce: 4,
  0xcf: 8,
  0xd0: 1,
  0xd1: 2,
  0xd2: 4,
  0xd3: 8,
}
/** Bytes of the length that follows the first byte: strings, arrays, maps. */
const sized: Readonly<Record<number, number>> = {
  0xd9: 1,
  0xda: 2,
  0xdb: 4,
  0xdc: 2,
  0xdd: 4,
  0xde: 2,
  0xdf: 4,
}

/**
 * Refuses extensions (they can build code and classes), binary data (JSON has none), text that is not UTF-8, lengths beyond the bytes,
 * what is beyond the limits, keys that reach into prototypes, and trailing bytes. Returns whether there are numbers that JSON has not.
 */
export const scanMsgpack = (bytes: Uint8Array, limits: FrameLimits): boolean => {
  const scan = new Scan(bytes, limits)
  scan.value(0)
  if (scan.at !== bytes.length) throw bad(`${bytes.length - scan.at} bytes follow the frame.`)
  return scan.odd
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

class Scan {
  at = 0
  /** Whether there are whole numbers beyond 2^53, or numbers that are none. */
  odd = false
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #limits: FrameLimits
  #values = 0

  constructor(bytes: Uint8Array, limits: FrameLimits) {
    this.#bytes = bytes
    this.#limits = limits
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  value(depth: number): void {
    const head = this.#byte()
    if (head <= 0x7f || head >= 0xe0 || head === 0xc0 || head === 0xc2 || head === 0xc3) return
    if (head <= 0x8f) return this.#map(head & 0x0f, depth)
    if (head <= 0x9f) return this.#array(head & 0x0f, depth)
    if (head <= 0xbf) return this.#text(head & 0x1f)
    const width = fixed[head]
    if (width !== undefined) return this.#number(head, width)
    const length = this.#length(head)
    if (head === 0xdc || head === 0xdd) return this.#array(length, depth)
    if (head === 0xde || head === 0xdf) return this.#map(length, depth)
    this.#text(length)
  }

  #number(head: number, width: number): void {
    const from = this.at
    this.#skip(width)
    if (head === 0xca) this.odd ||= !Number.isFinite(this.#view.getFloat32(from))
    else if (head === 0xcb) this.odd ||= !Number.isFinite(this.#view.getFloat64(from))
    // The upper half tells whether it is beyond 2^53.
    else if (head === 0xcf) this.odd ||= this.#view.getUint32(from) > 0x1f_ffff
    else if (head === 0xd3) this.odd ||= Math.abs(this.#view.getInt32(from)) > 0x1f_ffff
  }

  #length(head: number): number {
    const width = sized[head]
    if (head >= 0xc4 && head <= 0xc6) throw bad('binary data is not allowed in it; send it as base64.')
    if (width === undefined) throw bad(`extension types and the byte 0x${head.toString(16)} are not allowed in it.`)
    const from = this.at
    this.#skip(width)
    return width === 1 ? this.#view.getUint8(from) : width === 2 ? this.#view.getUint16(from) : this.#view.getUint32(from)
  }

  #array(length: number, depth: number): void {
    this.#open(length, length, depth)
    if (length > this.#limits.items) throw bad(tooMuch.items(this.#limits.items))
    for (let left = length; left > 0; left--) this.value(depth + 1)
  }

  #map(length: number, depth: number): void {
    this.#open(length, length * 2, depth)
    if (length > this.#limits.fields) throw bad(tooMuch.fields(this.#limits.fields))
    for (let left = length; left > 0; left--) {
      this.#key()
      this.value(depth + 1)
    }
  }

  /** Every item takes at least a byte, so a length beyond the bytes that are left is a lie, told before anything is looped over. */
  #open(values: number, least: number, depth: number): void {
    const limits = this.#limits
    if (depth >= limits.depth) throw bad(tooMuch.depth(limits.depth))
    if (least > this.#bytes.length - this.at) throw bad('it declares more items than it has bytes.')
    // An empty list counts as one, which is what it costs.
    this.#values += values || 1
    if (this.#values > limits.values) throw bad(tooMuch.values(limits.values))
  }

  #key(): void {
    const from = this.at
    const head = this.#byte()
    if ((head < 0xa0 || head > 0xbf) && (head < 0xd9 || head > 0xdb)) throw bad('the keys of a map have to be strings.')
    const length = head <= 0xbf ? head & 0x1f : this.#length(head)
    if (length > this.#limits.name) throw bad(tooMuch.name(this.#limits.name))
    const start = this.at
    this.#text(length)
    // Only names as long as the forbidden ones are worth decoding.
    if (length !== 9 && length !== 11) return
    const key = String.fromCharCode(...this.#bytes.subarray(start, this.at))
    if (isForbiddenKey(key)) throw bad(`the key ${key} at byte ${from} is not allowed anywhere in it.`)
  }

  #text(length: number): void {
    const from = this.at
    if (length > this.#limits.text) throw bad(tooMuch.text(this.#limits.text))
    this.#skip(length)
    for (let at = from; at < this.at; at++)
      if ((this.#bytes[at] ?? 0) >= 0x80) return this.#checkText(this.#bytes.subarray(from, this.at))
  }

  #checkText(bytes: Uint8Array): void {
    try {
      utf8.decode(bytes)
    } catch {
      throw bad('a text in it is not UTF-8.')
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.at]
    if (byte === undefined) throw bad('it ends in the middle.')
    this.at++
    return byte
  }

  #skip(length: number): void {
    if (length > this.#bytes.length - this.at) throw bad('it ends in the middle.')
    this.at += length
  }
}
