/** What a connection is opened with, and the voice that it speaks with. */
import type { Codec } from '../src/codec/codec.js'
import type { TroupeError } from '../src/errors.js'
import type { System } from '../src/system/system.js'
import type { Origin } from './access/audit.js'
import type { Dialect, OpenContext } from './dialect.js'
import type { SharedFrames } from './frames.js'
import type { Principal, Rights } from './principal.js'
import { sightOf } from './sight.js'
import { Voice } from './voice.js'

export interface Opening {
  readonly id: string
  /** The protocols of the path; the first frame tells which, where there are several. */
  readonly dialects: readonly Dialect[]
  readonly codec: Codec
  readonly context: Omit<OpenContext, 'view'>
  frames(dialect: Dialect): SharedFrames
  /** The token of the header or the query. */
  readonly token: string | undefined
  /** Where the client is, as far as that is known. */
  readonly origin?: Pick<Origin, 'address'> | undefined
  /** Who that stands for, or why it was not accepted, where a client is let in without a hello. */
  readonly admitted?: Principal | TroupeError | undefined
}

/** `rights`: what the client may now; undefined while it is not welcome. */
export const openVoice = (
  { codec, context, frames }: Opening,
  dialect: Dialect,
  system: System,
  rights: () => Rights | undefined,
): Voice =>
  new Voice({
    dialect,
    codec,
    frames: frames(dialect),
    state: dialect.open({ ...context, view: sightOf(system.state, rights) }),
    report: (where, error) => system.report(where, error),
  })
