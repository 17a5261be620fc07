/** The dialect of a server that tells what is said through it. */
import type { TroupeError } from '../../src/errors.js'
import type { Dialect, PlainFrame, Request } from '../dialect.js'
import type { State } from '../dialects/claude-flow/state.js'

/** Who is told; `client`: the connection that it is about. */
export interface Attendant {
  /** The connection is taken in; `state`: what it remembers. */
  opened(client: string, state: State): void
  /** A message came; what it asks is not done yet. */
  heard(client: string, message: PlainFrame): void
  /** Before what a message asks is done. */
  asks(client: string, message: PlainFrame, requests: readonly Request[]): void
  /** Done, or not. */
  answered(client: string, message: PlainFrame, answer: PlainFrame): void
  /** The client is welcome. */
  welcome(client: string): void
}

/** With what a publication is refused that the application did not let through. */
const isBlocked = (details: TroupeError['details']): boolean => details?.['blocked'] === true

export const attended = (inner: Dialect<State>, attendant: Attendant): Dialect<State> => {
  const asked = new WeakMap<Request, PlainFrame>()
  const told = (frames: readonly PlainFrame[], message: PlainFrame | undefined, client: string): readonly PlainFrame[] => {
    const [frame] = frames
    if (frame && message) attendant.answered(client, message, frame)
    return frames
  }
  return {
    ...inner,
    greet(state) {
      attendant.opened(state.context.connection, state)
      return inner.greet(state)
    },
    hear(frame, state) {
      const client = state.context.connection
      attendant.heard(client, frame)
      const heard = inner.hear(frame, state)
      const requests = heard.filter((each): each is Request => 'command' in each)
      for (const request of requests) asked.set(request, frame)
      if (requests.length > 0) attendant.asks(client, frame, requests)
      for (const each of heard) if ('say' in each) told(each.say, frame, client)
      return heard
    },
    answer(request, given, state) {
      const frames = inner.answer(request, given, state)
      // Its publisher is told that it went nowhere, and may go on: the application wanted it so.
      const blocked = given.receipt === 'rejected' && isBlocked(given.error.details) && frames.length > 0
      const said = blocked ? [state.frame('ack', { messageId: request.id, success: false })] : frames
      return told(said, asked.get(request), state.context.connection)
    },
    tell(event, state, request) {
      const { connection } = state.context
      if (event.type === 'session.welcome') attendant.welcome(connection)
      return inner.tell(event, state, request)
    },
  }
}
