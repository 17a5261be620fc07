/** Reads LevelDB's numbers of variable length, and the bytes that follow their length. */

export class Fields {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get more(): boolean {
    return this.#at < this.#bytes.length
  }

  /** Throws a RangeError where there is none. */
  number(): number {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new RangeError('A number is missing.')
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
  }

  bytes(): Uint8Array {
    return this.take(this.number())
  }

  /** Throws a RangeError where there are fewer. */
  take(count: number): Uint8Array {
    const end = this.#at + count
    if (end > this.#bytes.length) throw new RangeError(`${count} bytes are missing.`)
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
