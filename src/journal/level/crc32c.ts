/** CRC-32C (Castagnoli), the check sum of LevelDB's files: Node has only the other one. */

/** Eight tables of 256 sums, one behind the other: that many bytes are taken at once. */
const slices = 8
const table = new Uint32Array(slices * 256)

// Never out of the table: the fallback is for the type alone.
const sumAt = (slice: number, byte: number): number => table[(slice << 8) | (byte & 255)] ?? 0

for (let byte = 0; byte < 256; byte++) {
  let sum = byte
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1
  table[byte] = sum
}
for (let slice = 1; slice < slices; slice++)
  for (let byte = 0; byte < 256; byte++) {
    const sum = sumAt(slice - 1, byte)
    table[(slice << 8) | byte] = (sum >>> 8) ^ sumAt(0, sum)
  }

/** The sum of the bytes from `from` up to `to`, which lie within the view. */
export const crc32c = (view: DataView, from: number, to: number): number => {
  let sum = -1
  let at = from
  for (; at + slices <= to; at += slices) {
    const low = sum ^ view.getUint32(at, true)
    const high = view.getUint32(at + 4, true)
    sum =
      sumAt(7, low) ^
      sumAt(6, low >>> 8) ^
      sumAt(5, low >>> 16) ^
      sumAt(4, low >>> 24) ^
      sumAt(3, high) ^
      sumAt(2, high >>> 8) ^
      sumAt(1, high >>> 16) ^
      sumAt(0, high >>> 24)
  }
  for (; at < to; at++) sum = sumAt(0, sum ^ view.getUint8(at)) ^ (sum >>> 8)
  return ~sum >>> 0
}

/** A sum as LevelDB writes it: turned, so that sums of what holds sums are no worse. */
export const masked = (sum: number): number => (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0
