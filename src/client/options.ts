/** The options of a client, and what it tells beside answers and events. */
import type { Clock } from '../clock.js'
import type { KeyOptions } from '../crypto/participant.js'
import type { TroupeError } from '../errors.js'
import type { Ids } from '../ids.js'
import type { Envelope } from '../protocol/envelope.js'
import type { Event } from '../protocol/event.js'
import type { Tracer } from '../tracer.js'
import type { RetryOptions } from './retry.js'
import type { Verify } from './sealing.js'

export interface ConnectOptions {
  /** A token, or a callback that is asked anew for each connection. */
  readonly token?: string | (() => string | Promise<string>)
  /** Default `json`; `msgpack` is loaded when it is asked for. */
  readonly codec?: 'json' | 'msgpack'
  /** The constructor of sockets. Default: the global one; one of its own may know an authority that `wss://` is to be trusted by. */
  readonly WebSocket?: unknown
  /**
   * Milliseconds that a request waits for its answer, and a connection for its welcome. What changes something and may take for ever waits
   * so long for a connection. Default 30,000.
   */
  readonly timeout?: number
  /** How to come back after a connection is lost; false: not at all. */
  readonly reconnect?: RetryOptions | false
  /** What this client calls itself. */
  readonly name?: string
  /** Told of what no caller can be told. Default: one line on the console. */
  readonly onError?: (error: TroupeError, where: string) => void
  /**
   * Keys of this client, and the public ones of others that it believes. With one to sign, every command that changes something is signed;
   * with one to encrypt, what others encrypt for it is read. Made with `createKeys()` of `troupe/keys`. Default: none.
   */
  readonly keys?: KeyOptions
  /**
   * `signed`: an event with a signature is told only where that holds. `required`: and a message of a client, on a channel, to this client
   * or to an agent that it works as, only where it has one. What is held back is told in `losses`, with the reason `signature`, and to
   * `onError`; work that was handed over fails. Default: nothing is verified but by `verify()`.
   */
  readonly verify?: Verify
  /** What opens spans around what is asked; the server goes on with the trace. Default: nothing is traced; see `troupe/tracing`. */
  readonly tracer?: Tracer
  readonly clock?: Clock
  readonly ids?: Ids
}

/** Events that were asked for and did not come. `topic` is a pattern where the whole session was lost, or the server does not know any more which topics it was. */
export interface Loss {
  readonly topic: string
  /** Whose they were; absent: no tenant's. */
  readonly tenant?: string
  readonly fromSeq: number | null
  readonly toSeq: number | null
  readonly reason: 'history' | 'epoch' | 'overflow' | 'expired' | 'undelivered' | 'session' | 'signature'
}

/** An event whose subscriber acknowledges it by itself. */
export interface Unacked<E extends Event = Event> {
  readonly envelope: Envelope<E>
  /** How often it came before; 0 where its topic is delivered at most once, too. */
  readonly redelivered: number
  /** It is done with. Until then it comes again and again, as the server's rule for its topic says. Twice is fine. */
  ack(): void
}

/** A message to this client alone. */
export interface ClientMessage {
  readonly from: string
  readonly message: { readonly type: string; readonly [field: string]: unknown }
  /** It came encrypted. */
  readonly encrypted?: true
  /** Why it could not be decrypted, `UNREADABLE`; the message then holds its type and what is encrypted. */
  readonly unreadable?: TroupeError
}

/** A word of the operator to everybody who is connected. */
export interface Notice {
  readonly level: 'info' | 'warning' | 'critical'
  readonly text: string
  readonly from: string
}
