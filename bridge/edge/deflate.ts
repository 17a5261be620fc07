/** Compression of messages (permessage-deflate): off, or within bounds, since it costs memory and time for whoever asks for it. */
import { TroupeError } from '../../src/errors.js'
import { needCount } from '../../src/given.js'

/** What compression may take. */
export interface DeflateOptions {
  /** Bytes from which on a message is compressed. Default 1,024. */
  readonly threshold?: number
  /**
   * The window of both sides, as a power of two: 9 to 15. Default 12. A connection that was sent something compressed keeps
   * 2^(`windowBits` + 2) + 2^(`memLevel` + 9) bytes for it, 80 KiB unless said otherwise; one that has sent something, 2^`windowBits` and 7 KiB.
   */
  readonly windowBits?: number
  /** How much of the state zlib keeps while it works: 1 to 9. Default 7. */
  readonly memLevel?: number
  /** Messages that are compressed or unpacked at the same time, of all connections; others wait. Default 10. */
  readonly concurrency?: number
  /** Whether what was sent before helps to compress what follows. Default false. */
  readonly contextTakeover?: boolean
}

export type DeflateLimits = Required<DeflateOptions>

const between = (what: string, value: number, least: number, most: number): void => {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new TroupeError('INVALID_OPTION', `${what} expects a whole number from ${least} to ${most}; got ${value}.`)
}

/** Throws `INVALID_OPTION` for what cannot be. Undefined: no message is compressed. */
export const deflateLimits = (options: boolean | DeflateOptions = false): DeflateLimits | undefined => {
  if (options === false) return undefined
  const given = options === true ? {} : options
  const { threshold = 1_024, windowBits = 12, memLevel = 7, concurrency = 10, contextTakeover = false } = given
  needCount('The option deflate.threshold', threshold, 0)
  between('The option deflate.windowBits', windowBits, 9, 15)
  between('The option deflate.memLevel', memLevel, 1, 9)
  needCount('The option deflate.concurrency', concurrency, 1)
  return { threshold, windowBits, memLevel, concurrency, contextTakeover }
}
