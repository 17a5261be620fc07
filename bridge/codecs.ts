/** The codecs of a bridge, which refuse what is beyond its limits. */
import type { Codec } from '../src/codec/codec.js'
import { createJsonCodec } from '../src/codec/json.js'
import { defaultLimits, type FrameLimits } from '../src/codec/limits.js'
import { createMsgpackCodec } from '../src/codec/msgpack.js'
import { TroupeError } from '../src/errors.js'

export type { FrameLimits }

/** One for each way in which frames are written. */
export type Codecs = Readonly<Record<Codec['name'], Codec>>

/** Codecs that refuse what is beyond the limits, of which what was not said is as always. Throws `INVALID_OPTION` for what cannot be. */
export const codecsOf = (given: Partial<FrameLimits> = {}): Codecs => {
  const limits: FrameLimits = { ...defaultLimits, ...given }
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(defaultLimits, name)) {
      const known = Object.keys(defaultLimits).join(', ')
      throw new TroupeError('INVALID_OPTION', `The option frames has no ${name}; it has ${known}.`)
    }
    if (!Number.isInteger(value) || value < 1)
      throw new TroupeError('INVALID_OPTION', `The option frames.${name} expects a whole number of 1 or more; got ${value}.`)
  }
  // No deeper than what is written, which is as deep as a client reads.
  if (limits.depth > defaultLimits.depth)
    throw new TroupeError(
      'INVALID_OPTION',
      `The option frames.depth expects ${defaultLimits.depth} at the most; got ${limits.depth}.`,
    )
  return { json: createJsonCodec(limits), msgpack: createMsgpackCodec(limits) }
}
