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
  readonly context: Omit<OpenContext, 'view' | 'unsent'>
  frames(dialect: Dialect): SharedFrames
  /** The token of the header or the query. */
  readonly token: string | undefined
  /** Where the client is, as far as that is known. */
  readonly origin?: Pick<Origin, 'address'> | undefined
  /** Who that stands for, or why it was not accepted, where a client is let in without a hello. */
  readonly admitted?: Principal | TroupeError | undefined
}

/** What changes about a client while its connection stands. */
interface Client {
  /** What it may now; undefined while it is not welcome. */
  rights(): Rights | undefined
  /** The offset of the oldest event that waits to be written to it. */
  unsent(): number | undefined
}

export const openVoice = (
  { codec, context, frames }: Opening,
  dialect: Dialect,
  system: System,
  { rights, unsent }: Client,
): Voice =>
  new Voice({
    dialect,
    codec,
    frames: frames(dialect),
    state: dialect.open({ ...context, unsent, view: sightOf(system.state, rights) }),
    report: (where, error) => system.report(where, error),
  })
