/** LevelDB's tables: it reads them without their check sums, and ends the process by an assertion where keys are out of order. So they are checked before it sees them. */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { snappyUncompressor } from 'hysnappy'
import { crc32c, masked } from './crc32c.js'
import { Fields } from './fields.js'

/** Two places of blocks, filled up with zeros, and a number by which a table is known. */
const footer = 48
const magic = 0xdb4775248b80fb57n
/** The kind of a block and its check sum, behind it. */
const trailer = 5
const snappy = 1
/** No kind of a block: what bears it LevelDB skips, and says so. */
const unreadable = 0xff

interface Block {
  readonly at: number
  readonly size: number
}

/** What is damaged in a table: blocks of it, or as a whole, when it cannot be said what it consists of. */
export interface Damage {
  readonly path: string
  /** None when nothing of it can be read. */
  readonly blocks: readonly Block[]
}

/** Reads the whole table; undefined when it is sound. `size`: its bytes as the manifest has them; default: as they are. */
export const tableDamage = (path: string, size?: number): Damage | undefined => {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (thrown) {
    // LevelDB tells by itself of what is not there.
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw thrown
  }
  if (size !== undefined && size < bytes.length) bytes = bytes.subarray(0, size)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isSound = ({ at, size }: Block): boolean =>
    at + size + trailer <= bytes.length && view.getUint32(at + size + 1, true) === masked(crc32c(view, at, at + size + 1))
  try {
    if (size !== undefined && size > bytes.length) return { path, blocks: [] }
    if (view.getBigUint64(bytes.length - 8, true) !== magic) return { path, blocks: [] }
    const places = new Fields(bytes.subarray(bytes.length - footer))
    const [meta, index] = [blockAt(places), blockAt(places)]
    if (!isSound(index)) return { path, blocks: [] }
    const wanted = [...blocksOf(contentOf(bytes, index)), meta, ...(isSound(meta) ? blocksOf(contentOf(bytes, meta)) : [])]
    const blocks = wanted.filter((block) => !isSound(block))
    return blocks.length > 0 ? { path, blocks } : undefined
  } catch (thrown) {
    if (thrown instanceof RangeError) return { path, blocks: [] }
    throw thrown
  }
}

/** Makes sure that LevelDB skips what is damaged. What was there is gone from the table. */
export const disable = ({ path, blocks }: Damage): void => {
  if (blocks.length === 0) return rmSync(path)
  const file = openSync(path, 'r+')
  try {
    for (const { at, size } of blocks) writeSync(file, Uint8Array.of(unreadable), 0, 1, at + size)
  } finally {
    closeSync(file)
  }
}

const blockAt = (fields: Fields): Block => ({ at: fields.number(), size: fields.number() })

const contentOf = (bytes: Buffer, { at, size }: Block): Uint8Array => {
  const content = bytes.subarray(at, at + size)
  return bytes[at + size] === snappy ? snappyUncompressor()(content, new Fields(content).number()) : content
}

/** The blocks that one block names: its values are places. */
function* blocksOf(content: Uint8Array): Generator<Block, void, void> {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  // At its end it says where keys are written whole, and how many these are.
  const restarts = view.getUint32(content.length - 4, true)
  const fields = new Fields(content.subarray(0, content.length - 4 - 4 * restarts))
  while (fields.more) {
    fields.number()
    const [rest, size] = [fields.number(), fields.number()]
    fields.take(rest)
    yield blockAt(new Fields(fields.take(size)))
  }
}
