/** What a handler is given beside its message. */
import type { QuestionOptions } from '../../src/options.js'
import type { Cause } from '../../src/protocol/envelope.js'
import type { Priority } from '../../src/protocol/priority.js'
import type { TaskRef } from '../../src/ref.js'
import type { Stage } from '../../src/stage.js'
import type { ApprovalDeclaration, Approved, MessageOf, Shapes, TaskDeclaration } from '../../src/system/definition.js'
import type { Span, SpanAttributes } from '../../src/tracer.js'
import type { ProcessEnd } from './process.js'

/** What a handler is given beside its message: who it is, what it may say, and how to stay honest about pausing and stopping. */
export interface Scope<S extends Shapes = Shapes, State = unknown, O = unknown> {
  /** The agent's id. */
  readonly id: string
  /** What the agent keeps between messages: made anew at every restart. */
  readonly state: State
  /** The options that it was spawned with. */
  readonly options: O
  /** Who sent the message: an actor's id, a client's id, or `system`. */
  readonly from: string
  /** Whether somebody waits for what the handler returns: who asked, or a task. */
  readonly asked: boolean
  /** How urgent it is: the priority of the message, or of the task that is being worked on. */
  readonly priority: Priority
  /** The task that is being worked on, if any: `needs` are the results of the tasks that it needed, by name or id. */
  readonly task: { readonly id: string; readonly attempt: number; readonly needs: Readonly<Record<string, unknown>> } | undefined
  readonly cause: Cause | undefined
  /** Aborted when the work is cancelled, timed out, or the agent stops; `reason` is a `TroupeError`, of code `KILLED` when by force. */
  readonly signal: AbortSignal
  /** The whole stage: what is spawned through it are children of this agent, what is sent comes from it. */
  readonly stage: Stage
  /**
   * Spawns a part of the task that is being worked on: it is cancelled and paused with it, counts for its progress, and the task is
   * completed only when all its parts are final. Throws `INVALID_STATE` where no task is worked on.
   */
  subtask<R>(task: TaskDeclaration<R>): TaskRef<R>
  subtask(approval: ApprovalDeclaration): TaskRef<Approved>
  /** Publishes one of the messages that the definition `says` on `agent.<id>.said`. */
  say(message: MessageOf<S>): void
  /** Says how far the work is, 0 to 100. */
  progress(percent: number, note?: string): void
  /** Streams a piece of output. Default stream: `stdout`. */
  output(data: string, stream?: 'stdout' | 'stderr'): void
  /** Whether anybody listens to what this agent's processes take: measuring costs something. */
  readonly isMeasured: boolean
  /** Says what the processes that it runs take: cores, bytes, how many they are, and how many threads these have together. */
  metrics(taken: { readonly cpu: number; readonly memory: number; readonly processes: number; readonly threads: number }): void
  /**
   * Says that a process runs for this agent, of the task that is being worked on if there is one, and returns how to say that it has
   * ended: call that in any case, the first time counts. Until then its number stands in the view; a crash that is not answered with
   * `resume`, a restart and the agent's end take it out too. Throws `INVALID_OPTION` for what is no number of a process.
   *
   * @example
   * const child = spawn('make')
   * const ended = scope.process(child.pid ?? 0)
   * child.once('exit', (exitCode, signal) => ended({ exitCode, signal }))
   */
  process(pid: number): (end?: ProcessEnd) => void
  /**
   * Opens a span around a part of the work: end it in any case. Where nothing is traced nobody records it, and its `traceparent` is that
   * of the message, if it has one.
   *
   * @example
   * const span = scope.span('compile', { files: 3 })
   * await compile({ env: { TRACEPARENT: span.traceparent } }).finally(() => span.end())
   */
  span(name: string, attributes?: SpanAttributes): Span
  /** Says in a few words what is being done now. */
  activity(text: string): void
  /**
   * A boundary. Returns at once while running; waits while the agent or the task is paused; handles what the agent is steered by
   * meanwhile; rejects when the work was aborted.
   */
  checkpoint(): Promise<void>
  /** Has the hook `ended` hear of its end, also when that is past; for an agent, a task or a swarm. A restart ends the watch. */
  watch(id: string | { readonly id: string }): void
  unwatch(id: string | { readonly id: string }): void
  /** Asks a person, on the list of attention; waits for the answer. Rejects with `TIMEOUT` when none came in time. */
  question(text: string, options?: QuestionOptions): Promise<string>
  /**
   * Runs `pause` and `resume` when the agent or the task is paused and resumed while this work is in hand. `holds`: whether the work stands
   * still in between, so that a freeze leaves it where it is; default true. Where it does not, a freeze puts it down.
   */
  onPause(pause: () => void, resume: () => void, options?: { readonly holds?: boolean | undefined }): void
  /** Waits so many milliseconds on the system's clock, and on while paused; rejects when the work was aborted. */
  sleep(milliseconds: number): Promise<void>
  /** Ends the work with an expected failure: the task fails, or is tried again, and the agent lives on. */
  fail(message: string, details?: Record<string, unknown>): never
}
