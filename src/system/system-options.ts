/** What a system is set up with, and what it is when nothing is said. */
import type { Stalls } from '../attention/watch.js'
import type { Clock } from '../clock.js'
import type { TroupeError } from '../errors.js'
import type { Ids } from '../ids.js'
import type { Journal } from '../journal/journal.js'
import type { Tracer } from '../tracer.js'
import type { Inspector } from './machine.js'

export interface SystemOptions {
  /** Where time comes from. Default: the machine's clock. */
  readonly clock?: Clock
  /** Where ids and random numbers come from. Default: the machine's randomness. */
  readonly ids?: Ids
  /**
   * Where events are kept, and what is needed to bring back agents, tasks and swarms in another process. Default: in memory, the last
   * 100,000 events and of noisy topics the last 20,000, gone with the system. Listeners in this process hear an event when it happens,
   * clients of a bridge when it is kept. The journal is not closed with the system: who opened it closes it.
   */
  readonly journal?: Journal
  /** How many agents may live at once. Default 10,000. */
  readonly maxAgents?: number
  /** How many agents a message may pass through, each sending it on from a handler, before it becomes a dead letter. Default 64. */
  readonly maxHops?: number
  /** How long, in milliseconds, and how many idempotency keys are remembered. Default 10 minutes and 100,000. */
  readonly keys?: { readonly window?: number; readonly limit?: number }
  /** How many dead letters are kept, and how often each may be sent again. Default 1,000 and 3. */
  readonly deadLetters?: { readonly keep?: number; readonly replays?: number }
  /**
   * The longest, in milliseconds, that an agent may be in a state, be busy without a word (`silent`), or leave a message waiting (`mailbox`)
   * before it is on the list of attention. Default: spawning and stopping, one minute each.
   */
  readonly stalls?: Stalls
  /**
   * The names whose texts no event, view or journal has, in `metadata` and in `env`, `headers` and `metadata` of a task's message; who
   * they are meant for has them. Default: those with `password`, `secret`, `token`, `authorization`, `api key`, `cookie`; false: none.
   */
  readonly redact?: RegExp | false
  /** How many ended agents, tasks, swarms and ballots of each kind the view remembers. Default 1,000. */
  readonly keep?: number
  /**
   * Whether rejections that nobody awaits and exceptions that nobody catches stop ending the process (Node only). One that an agent's
   * code left behind crashes that agent, and its failure policy decides; any other of the whole process is told to `onError`.
   * Handlers cost more with it, since Node has to follow their promises. Default false.
   */
  readonly catchUnhandled?: boolean
  /**
   * The standard XState inspector: told of everything that the machines of agents, tasks and swarms do, and those of users. It halves the
   * speed of transitions. One that throws is reported once and detached. Default: none, which costs nothing.
   *
   * @example
   * const system = createSystem({ inspect: createWebSocketInspector({ url: 'ws://localhost:8080' }).inspect })
   */
  readonly inspect?: Inspector
  /** What opens spans around commands, tasks, messages and processes. Default: nothing is traced; see `troupe/tracing`. */
  readonly tracer?: Tracer
  /** Told of everything that goes wrong where no caller can be told. Default: one line on the console. */
  readonly onError?: (error: TroupeError, where: string) => void
}
