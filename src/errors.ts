/**
 * The closed table of everything that can go wrong in Troupe, and the one class that carries it.
 *
 * - `says`: what the code means, in one sentence.
 * - `close`: the WebSocket close code when it costs the connection; absent when the connection lives on.
 * - `retry`: whether the same request may succeed later without a change.
 * - `open`: whether the error's own message may leave the process; where it may not, peers read `says`.
 */
export const codes = {
  // What came was not understood.
  BAD_FRAME: { says: 'The frame could not be decoded.', retry: false, open: true },
  INVALID_MESSAGE: { says: 'The message does not have the shape that its type asks for.', retry: false, open: true },
  MESSAGE_TOO_LARGE: { says: 'The message is larger than the limit.', retry: false, open: true },
  UNSUPPORTED: { says: 'This system does not offer what was asked for.', retry: false, open: true },
  UNSUPPORTED_VERSION: { says: 'The protocol version is not spoken here.', close: 1002, retry: false, open: true },
  // Who asks, and whether they may.
  AUTH_REQUIRED: { says: 'A token is needed first.', close: 4401, retry: false, open: true },
  AUTH_FAILED: { says: 'The token was not accepted.', close: 4401, retry: false, open: true },
  AUTH_EXPIRED: { says: 'The token has expired.', close: 4401, retry: false, open: true },
  FORBIDDEN: { says: 'The token does not permit this.', retry: false, open: true },
  ORIGIN_REFUSED: { says: 'Pages of this origin may not connect.', close: 1008, retry: false, open: true },
  SIGNATURE_REQUIRED: { says: 'This has to be signed by whoever says it.', retry: false, open: true },
  SIGNATURE_INVALID: { says: 'The signature does not hold for this.', retry: false, open: true },
  UNREADABLE: { says: 'It is encrypted for somebody else, or was changed on the way.', retry: false, open: true },
  RATE_LIMITED: { says: 'Too many requests in too short a time.', retry: true, open: true },
  TOO_MANY: { says: 'A limit on how many of these may exist is reached.', retry: true, open: true },
  // What it concerns.
  NOT_FOUND: { says: 'Nothing here has that id.', retry: false, open: true },
  ID_TAKEN: { says: 'That id is already in use.', retry: false, open: true },
  UNKNOWN_DEFINITION: { says: 'No agent definition of that name may be spawned here.', retry: false, open: true },
  NO_HANDLER: { says: 'The agent does not hear messages of that type.', retry: false, open: true },
  NOT_RUNNING: { says: 'The actor is not running.', retry: true, open: true },
  ENDED: { says: 'What it concerns has ended and will not come back.', retry: false, open: true },
  INVALID_STATE: { says: 'The actor is in a state that does not allow this.', retry: false, open: true },
  QUEUE_FULL: { says: 'The queue is full.', retry: true, open: true },
  CYCLE: { says: 'The dependencies form a cycle.', retry: false, open: true },
  UNREACHABLE: { says: 'The topology does not connect these members.', retry: false, open: true },
  // How work ends.
  FAILED: { says: 'The work failed.', retry: true, open: true },
  CRASHED: { says: 'The actor crashed while it did the work.', retry: true, open: true },
  HOPS: { says: 'The message has passed through more agents than it may.', retry: false, open: true },
  TIMEOUT: { says: 'It took longer than it was given.', retry: true, open: true },
  EXPIRED: { says: 'The time to live ran out before delivery.', retry: true, open: true },
  CANCELLED: { says: 'The work was cancelled.', retry: false, open: true },
  KILLED: { says: 'The work was ended by force.', retry: false, open: true },
  DEPENDENCY_FAILED: { says: 'A task that this one needs did not complete.', retry: false, open: true },
  REJECTED: { says: 'A person decided against it.', retry: false, open: true },
  POLICY: { says: 'The policy of the shell agent does not allow that command.', retry: false, open: true },
  // Connections and the house itself.
  DROPPED: { says: 'Messages were dropped because the reader was too slow.', retry: true, open: true },
  DISCONNECTED: { says: 'The connection was lost before an answer came.', retry: true, open: true },
  SUPERSEDED: { says: 'A newer connection took over this session.', close: 4409, retry: false, open: true },
  DRAINING: { says: 'The server is going away.', close: 1012, retry: true, open: true },
  FULL: { says: 'The server has as many connections as it may have.', close: 1013, retry: true, open: true },
  JOURNAL_UNAVAILABLE: { says: 'What keeps the journal cannot be reached or is full.', retry: true, open: true },
  JOURNAL_DAMAGED: { says: 'Part of the journal was damaged and could not be read.', retry: false, open: true },
  UNKNOWN_OUTCOME: {
    says: 'It was given under its key before, and what came of it is not known any more.',
    retry: false,
    open: true,
  },
  CLOSED: { says: 'This was closed and can no longer be used.', retry: false, open: true },
  INVALID_OPTION: { says: 'An option has a value that cannot be used.', retry: false, open: true },
  INTERNAL: { says: 'Something went wrong inside; the operator can see what.', retry: true, open: false },
} as const satisfies Record<string, { says: string; close?: number; retry: boolean; open: boolean }>

/** One of the codes of the table. */
export type Code = keyof typeof codes

/** An error as it crosses a process boundary. */
export interface Failure {
  readonly code: Code
  readonly message: string
  readonly retry: boolean
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

/**
 * The one class of error that Troupe throws, rejects with and reports.
 *
 * @example
 * try { await ref.result() } catch (error) { if (error instanceof TroupeError && error.code === 'TIMEOUT') … }
 */
export class TroupeError extends Error {
  override readonly name = 'TroupeError'
  /** Which line of the table this is. */
  readonly code: Code
  /** Facts a program may use: ids, limits, `retryAfter` in milliseconds. */
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(code: Code, message: string = codes[code].says, options?: { cause?: unknown; details?: Record<string, unknown> }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options?.details
  }

  /** Whether the same request may succeed later without a change. */
  get retry(): boolean {
    return codes[this.code].retry
  }

  /** What a peer may read: the sentence of the table where the message is not for outsiders. */
  toJSON(): Failure {
    const { open, says, retry } = codes[this.code]
    return {
      code: this.code,
      message: open ? this.message : says,
      retry,
      ...(open && this.details ? { details: this.details } : {}),
    }
  }
}

/** Whatever was thrown, as a `TroupeError`: one of ours unchanged, anything else under `code` with the original as its cause. */
export const toTroupeError = (thrown: unknown, code: Code = 'INTERNAL'): TroupeError =>
  isOurs(thrown) ? thrown : new TroupeError(code, describeThrown(thrown), { cause: thrown })

/** The WebSocket close code that an error costs the connection; undefined when it lives on. */
export const closeOf = (thrown: unknown): number | undefined => {
  if (!isOurs(thrown)) return undefined
  const line = codes[thrown.code]
  return 'close' in line ? line.close : undefined
}

/** Whether it is a `TroupeError`: user code may throw a proxy that throws when it is looked at. */
export const isOurs = (thrown: unknown): thrown is TroupeError => {
  try {
    return thrown instanceof TroupeError
  } catch {
    return false
  }
}

/** An error that came from another process, as an instance again. An unknown code becomes `INTERNAL` with its text kept. */
export const fromFailure = (failure: {
  code: string
  message: string
  details?: Readonly<Record<string, unknown>> | undefined
}): TroupeError =>
  new TroupeError(Object.hasOwn(codes, failure.code) ? (failure.code as Code) : 'INTERNAL', failure.message, {
    ...(failure.details ? { details: { ...failure.details } } : {}),
  })

/** The text of anything that can be thrown; itself never throws, since user code may throw objects with hostile getters. */
export const describeThrown = (thrown: unknown): string => {
  try {
    return thrown instanceof Error ? String(thrown.message || thrown.name) : String(thrown)
  } catch {
    return 'something was thrown that cannot be turned into text'
  }
}
