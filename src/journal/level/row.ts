/** What stands under a key in LevelDB: bytes that can tell that they were changed, and what stood before them. */
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import { TroupeError } from '../../errors.js'

/** Check sum, whether it is compressed, and the offset of the entry before it of the same kind. */
const head = 4 + 1 + 8
/** Fewer bytes are not worth compressing. */
const worthCompressing = 256

export interface Row {
  readonly bytes: Uint8Array
  readonly previous: number
}

/** LevelDB checks its blocks only when it is told to, and its binding does not tell it: so each value has a check sum that covers its key. */
const sumOf = (key: string, body: Uint8Array): number => crc32(body, crc32(key))

export const writeRow = (key: string, bytes: Uint8Array, previous = 0, compress = false): Uint8Array => {
  const small = compress && bytes.length >= worthCompressing ? deflateRawSync(bytes) : bytes
  const compressed = small.length < bytes.length
  const body = compressed ? small : bytes
  const row = new Uint8Array(head + body.length)
  const view = new DataView(row.buffer)
  row[4] = compressed ? 1 : 0
  view.setFloat64(5, previous)
  row.set(body, head)
  view.setUint32(0, sumOf(key, row.subarray(4)))
  return row
}

/** Throws `JOURNAL_DAMAGED`. */
export const readRow = (key: string, row: Uint8Array): Row => {
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength)
  if (row.length < head || view.getUint32(0) !== sumOf(key, row.subarray(4)))
    throw new TroupeError('JOURNAL_DAMAGED', `What the journal holds under ${key} does not fit its check sum.`)
  const body = row.subarray(head)
  return { bytes: row[4] === 1 ? inflateRawSync(body) : body, previous: view.getFloat64(5) }
}
