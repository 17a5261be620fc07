/** One handler in hand: what it was given, whether it is paused or aborted, and the scope that it sees. */
import { TroupeError } from '../../src/errors.js'
import type { Cast, QuestionOptions } from '../../src/options.js'
import type { Cause } from '../../src/protocol/envelope.js'
import type { Priority } from '../../src/protocol/priority.js'
import type { Stage } from '../../src/stage.js'
import type { Host, Letter, Work } from '../../src/system/actor.js'
import type { ApprovalDeclaration, MessageOf, Shapes, TaskDeclaration } from '../../src/system/definition.js'
import type { Span, SpanAttributes } from '../../src/tracer.js'
import { createAbort } from './abort.js'
import type { BallotScope } from './behaviour.js'
import { beginSpan } from './handling.js'
import { declareProcess } from './process.js'
import { promised } from './promised.js'
import { questionOf } from './question.js'

/** What a run needs to know of its agent. */
export interface RunOwner {
  readonly id: string
  readonly host: Host
  readonly options: unknown
  /** What its handlers keep between messages. */
  readonly memory: unknown
  /** How many pieces of output it has printed so far: in all, and for no task. */
  readonly printed: { all: number; own: number }
  /** Handles what it is steered by, if there is something; resolves when that is done. */
  boundary(): Promise<void> | undefined
  readonly watch: { watch(id: string): void; unwatch(id: string): void }
  crash(error: TroupeError): void
}

/**
 * The scope is this object itself. Its verbs are getters that return closures, so that a handler may take them apart
 * (`{ say, progress }`) and a message that uses none of them costs nothing.
 */
export class Run implements BallotScope {
  readonly #owner: RunOwner
  readonly letter: Letter | undefined
  readonly work: Work | undefined
  #controller: AbortController | undefined
  #why: TroupeError | undefined
  #pausedByAgent = false
  #pausedByTask = false
  #hooks: { pause: () => void; resume: () => void; holds: boolean }[] | undefined
  #waiting: (() => void)[] | undefined
  /** Whether it is begun anew, since it was told to end only for the time being. */
  kept = false
  /** Called when it has ended, however that was. */
  after: (() => void) | undefined
  /** The span of its message, where that belongs to a trace. */
  traced: Span | undefined
  /** Set when it took too long to end: what it still does is ignored. */
  abandoned = false

  constructor(owner: RunOwner, letter: Letter | undefined, work: Work | undefined) {
    this.#owner = owner
    this.letter = letter
    this.work = work
  }

  get host(): Host {
    return this.#owner.host
  }
  /** Something of the agent failed outside of a handler. */
  fault(error: TroupeError): void {
    this.#owner.crash(error)
  }
  get id(): string {
    return this.#owner.id
  }
  get state(): unknown {
    return this.#owner.memory
  }
  get options(): unknown {
    return this.#owner.options
  }
  get from(): string {
    return this.work?.from ?? this.letter?.from ?? 'system'
  }
  get asked(): boolean {
    return this.work !== undefined || this.letter?.reply !== undefined
  }
  get priority(): Priority {
    return this.work?.priority ?? this.letter?.priority ?? 'normal'
  }
  get task(): { id: string; attempt: number; needs: Readonly<Record<string, unknown>> } | undefined {
    return this.work && { id: this.work.id, attempt: this.work.attempt, needs: this.work.needs }
  }
  get cause(): Cause | undefined {
    return this.work?.cause ?? this.letter?.cause
  }
  get stage(): Stage {
    return this.#owner.host.stageFor(this.id, this.cause)
  }
  /** Why it was aborted, if it was. */
  get why(): TroupeError | undefined {
    return this.#why
  }
  get paused(): boolean {
    return this.#pausedByAgent || this.#pausedByTask
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = createAbort((error) => this.#owner.host.report(`an abort listener of agent ${this.id}`, error, this.id))
      if (this.#why) this.#controller.abort(this.#why)
    }
    return this.#controller.signal
  }

  get subtask(): (declared: TaskDeclaration | ApprovalDeclaration) => never {
    return (declared) => {
      const { work } = this
      if (!work)
        throw new TroupeError(
          'INVALID_STATE',
          `Agent ${this.id} works on no task here, so nothing can be a part of it; use stage.spawn.`,
        )
      // Which ref comes back for which declaration is stated by the scope's overloads.
      return this.stage.spawn({ ...declared, parent: work.id } as TaskDeclaration) as never
    }
  }

  get say(): (message: MessageOf<Shapes>) => void {
    return (message) => {
      if (!this.abandoned)
        this.#owner.host.emit({ type: 'agent.said', id: this.id, message }, { source: this.id, cause: this.cause })
    }
  }

  get progress(): (percent: number, note?: string) => void {
    return (percent, note) => {
      if (!this.abandoned) this.work?.progress(Math.min(100, Math.max(0, Number.isFinite(percent) ? percent : 0)), note)
    }
  }

  get output(): (data: string, stream?: 'stdout' | 'stderr') => void {
    return (data, stream = 'stdout') => {
      if (this.abandoned || data === '') return
      const { printed, host } = this.#owner
      const order = ++printed.all
      if (this.work) return this.work.output(data, stream, order)
      host.emit(
        { type: 'agent.output', id: this.id, stream, data, sequence: ++printed.own, order },
        { source: this.id, priority: 'low', cause: this.cause },
      )
    }
  }

  get isMeasured(): boolean {
    return this.#owner.host.isHeard(`agent.${this.id}.metrics`)
  }
  get metrics(): BallotScope['metrics'] {
    return ({ cpu, memory, processes, threads }) => {
      const options = { source: this.id, priority: 'low' } as const
      this.#owner.host.emit({ type: 'agent.metrics', id: this.id, cpu, memory, processes, threads }, options)
    }
  }
  get process(): BallotScope['process'] {
    return (pid) => declareProcess(this, pid)
  }
  get span(): (name: string, attributes?: SpanAttributes) => Span {
    return (name, attributes) => beginSpan(this, name, attributes)
  }

  get activity(): (text: string) => void {
    return (text) => {
      const activity = text.slice(0, 1_000)
      if (!this.abandoned)
        this.#owner.host.emit({ type: 'agent.activity', id: this.id, activity }, { source: this.id, cause: this.cause })
    }
  }

  get checkpoint(): () => Promise<void> {
    return () => {
      if (this.#why) return Promise.reject(this.#why)
      const steering = this.paused ? this.#released() : this.#owner.boundary()
      // What came meanwhile is looked for again, until there is nothing more.
      return steering === undefined ? Promise.resolve() : steering.then(() => this.checkpoint())
    }
  }

  get watch(): (id: string | { readonly id: string }) => void {
    return (ref) => this.#owner.watch.watch(typeof ref === 'string' ? ref : ref.id)
  }
  get unwatch(): (id: string | { readonly id: string }) => void {
    return (ref) => this.#owner.watch.unwatch(typeof ref === 'string' ? ref : ref.id)
  }

  get onPause(): BallotScope['onPause'] {
    return (pause, resume, { holds = true } = {}) => {
      this.#hooks ??= []
      this.#hooks.push({ pause, resume, holds })
      if (this.paused) this.#call(pause)
    }
  }

  get sleep(): (milliseconds: number) => Promise<void> {
    return async (milliseconds) => {
      await this.#elapse(milliseconds)
      // Waking up is a boundary: what was paused meanwhile does not go on.
      await this.checkpoint()
    }
  }

  get question(): (text: string, options?: QuestionOptions) => Promise<string> {
    return (text, options = {}) => questionOf(this, text, options)
  }

  get fail(): (message: string, details?: Record<string, unknown>) => never {
    return (message, details) => {
      throw new TroupeError('FAILED', message, details ? { details } : {})
    }
  }

  get vote(): Cast {
    return (choice, options) => this.letter?.vote?.(choice, options)
  }

  /** Whether a pause holds it: where it stands, or since it waits at a checkpoint. */
  get atBoundary(): boolean {
    return (this.#hooks?.length ?? 0) > 0 || (this.#waiting?.length ?? 0) > 0
  }

  /** Whether it can be held where it stands, as a process can; else it has to be put down. */
  get holdable(): boolean {
    return this.#hooks?.some(({ holds }) => holds) ?? false
  }

  /** Tells the handler to end, and why. The first reason stands, unless force follows. */
  abort(why: TroupeError): void {
    if (this.#why && why.code !== 'KILLED') return
    const first = this.#why === undefined
    // What crashed stays crashed, however it is ended then: its tasks may be tried again elsewhere.
    if (this.#why?.code !== 'CRASHED') this.#why = why
    if (first) this.#controller?.abort(why)
    // An AbortSignal fires once; whoever asked for force after a gentle abort is heard through its own event.
    else this.#controller?.signal.dispatchEvent(new Event('kill'))
    if (first) this.work?.ending()
    this.#release()
  }

  /** Pauses or resumes on behalf of the agent or of the task; it runs while neither is paused. */
  hold(by: 'agent' | 'task', held: boolean): void {
    const before = this.paused
    if (by === 'agent') this.#pausedByAgent = held
    else this.#pausedByTask = held
    if (before === this.paused) return
    this.work?.suspended(this.paused)
    for (const hook of this.#hooks ?? []) this.#call(this.paused ? hook.pause : hook.resume)
    if (!this.paused) this.#release()
  }

  #elapse(milliseconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = this
      if (this.#why) return reject(this.#why)
      const aborted = () => {
        cancel()
        reject(this.#why)
      }
      const cancel = this.#owner.host.clock.after(milliseconds, () => {
        signal.removeEventListener('abort', aborted)
        resolve()
      })
      signal.addEventListener('abort', aborted, { once: true })
    })
  }

  /** Resolves when it is no longer paused, or aborted. */
  #released(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting ??= []
      this.#waiting.push(resolve)
    })
  }

  #release(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    for (const wake of waiting ?? []) wake()
  }

  #call(hook: () => unknown): void {
    const failed = (error: unknown) => this.#owner.host.report(`a pause hook of agent ${this.id}`, error, this.id)
    try {
      promised(hook())?.catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}
