/** LevelDB's log format, in which its manifest is written: blocks of 32 KB, records that may go over several of them. */
import { crc32c, masked } from './crc32c.js'

const blockSize = 32_768
/** Check sum, length and kind of a piece. */
const head = 4 + 2 + 1
const whole = 1
const first = 2
const last = 4

/** The records from the front; ends where one does not fit its check sum or was not written to its end, and says so with undefined. */
export function* logRecords(bytes: Uint8Array): Generator<Uint8Array | undefined, void, void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let pieces: Uint8Array[] = []
  for (let at = 0; at + head <= bytes.length; ) {
    const left = blockSize - (at % blockSize)
    // What is too small for the head of a record is filled with zeros.
    if (left < head) {
      at += left
      continue
    }
    const end = at + head + view.getUint16(at + 4, true)
    if (end > bytes.length || end - at > left || view.getUint32(at, true) !== masked(crc32c(view, at + 6, end)))
      return yield undefined
    const kind = view.getUint8(at + 6)
    if (kind === whole || kind === first) pieces = []
    pieces.push(bytes.subarray(at + head, end))
    if (kind === whole || kind === last) yield Buffer.concat(pieces)
    at = end
  }
}
