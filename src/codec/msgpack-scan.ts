/** Reads MessagePack without building anything, to refuse what is not safe to decode. */
import { TroupeError } from '../errors.js'
import { isForbiddenKey, maxDepth } from './codec.js'

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

/** Refuses extensions (they can build code and classes), binary data (JSON has none), text that is not UTF-8, depth, lengths beyond the bytes, keys that reach into prototypes, and trailing bytes. */
export const scanMsgpack = (bytes: Uint8Array): void => {
  const scan = new Scan(bytes)
  scan.value(0)
  if (scan.at !== bytes.length) throw bad(`${bytes.length - scan.at} bytes follow the frame.`)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

class Scan {
  at = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  value(depth: number): void {
    const head = this.#byte()
    if (head <= 0x7f || head >= 0xe0 || head === 0xc0 || head === 0xc2 || head === 0xc3) return
    if (head <= 0x8f) return this.#map(head & 0x0f, depth)
    if (head <= 0x9f) return this.#array(head & 0x0f, depth)
    if (head <= 0xbf) return this.#text(head & 0x1f)
    const width = fixed[head]
    if (width !== undefined) return this.#skip(width)
    const length = this.#length(head)
    if (head === 0xdc || head === 0xdd) return this.#array(length, depth)
    if (head === 0xde || head === 0xdf) return this.#map(length, depth)
    this.#text(length)
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
    this.#open(length, depth)
    for (let left = length; left > 0; left--) this.value(depth + 1)
  }

  #map(length: number, depth: number): void {
    this.#open(length * 2, depth)
    for (let left = length; left > 0; left--) {
      this.#key()
      this.value(depth + 1)
    }
  }

  /** Every item takes at least a byte, so a length beyond the bytes that are left is a lie, told before anything is looped over. */
  #open(items: number, depth: number): void {
    if (depth >= maxDepth) throw bad(`it is nested deeper than ${maxDepth} levels.`)
    if (items > this.#bytes.length - this.at) throw bad('it declares more items than it has bytes.')
  }

  #key(): void {
    const from = this.at
    const head = this.#byte()
    if ((head < 0xa0 || head > 0xbf) && head !== 0xd9 && head !== 0xda) throw bad('the keys of a map have to be strings.')
    const length = head <= 0xbf ? head & 0x1f : this.#length(head)
    const start = this.at
    this.#text(length)
    // Only names as long as the forbidden ones are worth decoding.
    if (length !== 9 && length !== 11) return
    const key = String.fromCharCode(...this.#bytes.subarray(start, this.at))
    if (isForbiddenKey(key)) throw bad(`the key ${key} at byte ${from} is not allowed anywhere in it.`)
  }

  #text(length: number): void {
    const from = this.at
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
