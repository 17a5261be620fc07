/** A second place that knows how many commits there were: what LevelDB drops in silence from the end of a cut file is noticed. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'

const size = 16

const bytesOf = (count: number): Buffer => {
  const bytes = Buffer.alloc(size)
  bytes.writeDoubleBE(count, 0)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8)
  return bytes
}

export class Witness {
  readonly #path: string
  #file: number | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** How many it has seen: undefined when there is none, NaN when it cannot be read. */
  read(): number | undefined {
    let bytes: Buffer
    try {
      bytes = readFileSync(this.#path)
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw thrown
    }
    if (bytes.length !== size || bytes.readUInt32BE(8) !== crc32(bytes.subarray(0, 8)) || bytes.readUInt32BE(12) !== 0)
      return Number.NaN
    return bytes.readDoubleBE(0)
  }

  /** Not synced: it outlives the process, and after a power cut it may know of fewer than there were, which does no harm. */
  write(count: number): void {
    this.#file ??= openSync(this.#path, 'w', 0o600)
    writeSync(this.#file, bytesOf(count), 0, size, 0)
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}
