/** Under which id a client is reached. */
import { createHash } from 'node:crypto'
import { isId } from '../src/ids.js'

/** The `sub` of its token where that can stand in a topic, else `sub-` and 32 hexadecimal digits of its SHA-256. */
export const addressOf = (sub: string): string =>
  isId(sub) ? sub : `sub-${createHash('sha256').update(sub).digest('hex').slice(0, 32)}`
