/** What a connection is opened with, and the voice that it speaks with. */
import type { Codec } from '../src/codec/codec.js'
import type { TroupeError } from '../src/errors.js'
import type { System } from '../src/system/system.js'
import type { Dialect, OpenContext } from './dialect.js'
import type { SharedFrames } from './frames.js'
import type { Watched } from './lookout.js'
import type { Outbox } from './outbox.js'
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
  /** How the connection is seen; absent where nobody looks. */
  readonly seen?: Pick<Watched, 'dialect' | 'client' | 'outbox' | 'failed'> | undefined
  /** Who that stands for, or why it was not accepted, where a client is let in without a hello. */
  readonly admitted?: Principal | TroupeError | undefined
  /** From where the client came. */
  readonly address: string
  /** Told when the client is welcome. */
  welcomed(): void
}

/** What changes about a client while its connection stands. */
interface Client {
  /** What it may now; undefined while it is not welcome. */
  rights(): Rights | undefined
  /** The offset of the oldest event that waits to be written to it. */
  unsent(): number | undefined
}

export const openVoice = (
  { codec, context, frames, seen }: Opening,
  dialect: Dialect,
  system: System,
  { rights, unsent }: Client,
): Voice => {
  if (seen) Object.assign(seen, { dialect: dialect.name, client: () => rights()?.principal.sub })
  return new Voice({
    dialect,
    codec,
    frames: frames(dialect),
    state: dialect.open({ ...context, unsent, view: sightOf(system.state, rights) }),
    failed: seen && ((code, request) => seen.failed(code, request)),
    report: (where, error) => system.report(where, error),
  })
}

/** Whoever looks at the connection sees what waits for its client. */
export const seenWith = ({ seen }: Opening, outbox: Outbox): void => {
  if (seen) seen.outbox = outbox
}
