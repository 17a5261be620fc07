/** The work that an agent has in hand. */
import { TroupeError } from '../../src/errors.js'
import type { Host } from '../../src/system/actor.js'
import type { Run } from './run.js'

/** Knows each handler that has not ended, tells them to end, and leaves behind those that do not. */
export class InHand implements Iterable<Run> {
  readonly #host: Host
  readonly #rested: () => void
  #runs: Map<Run, () => void> | undefined
  #emptied: (() => void)[] = []
  /** Milliseconds that work which was told to end may take. */
  #patience = 0
  /** The handler that has not returned yet. */
  #current: Run | undefined

  /** `rested` is called whenever the last one has ended. */
  constructor(host: Host, rested: () => void) {
    this.#host = host
    this.#rested = rested
  }

  get size(): number {
    return (this.#runs?.size ?? 0) + (this.#current ? 1 : 0)
  }

  [Symbol.iterator](): Iterator<Run> {
    const runs = [...(this.#runs?.keys() ?? [])]
    if (this.#current) runs.push(this.#current)
    return runs[Symbol.iterator]()
  }

  /** Whether something in hand has not reached a boundary at which a pause holds it. */
  get underWay(): boolean {
    for (const run of this) if (!run.atBoundary) return true
    return false
  }

  /** A handler is being called, and may stop or pause its own agent before it returns. */
  enter(run: Run): void {
    this.#current = run
  }

  /** The handler has returned. What it began has been added by now. */
  leave(): void {
    this.#current = undefined
    if (this.#emptied.length > 0) queueMicrotask(() => this.#tell())
  }

  add(run: Run): void {
    this.#runs ??= new Map()
    if (run === this.#current) this.#current = undefined
    this.#runs.set(run, () => {})
    if (run.why) this.#await(run)
  }

  /** False when it was not there, which means that it was left behind. */
  remove(run: Run): boolean {
    const forget = this.#runs?.get(run)
    if (!this.#runs || !forget) return false
    forget()
    this.#runs.delete(run)
    if (this.#runs.size > 0) return true
    this.#rested()
    // Work that ends may bring new work in; whoever waits for silence is told when its outcome has been dealt with.
    queueMicrotask(() => this.#tell())
    return true
  }

  /** Calls back once, when nothing is in hand; at once when that is so now. */
  whenEmpty(run: () => void): void {
    if (this.size === 0) run()
    else this.#emptied.push(run)
  }

  hold(held: boolean): void {
    for (const run of this) run.hold('agent', held)
  }

  /** Tells the chosen ones to end; those that have not after `patience` ms are left behind, and that is reported. */
  abort(chosen: (run: Run) => boolean, why: TroupeError, patience: number): void {
    for (const run of this) {
      if (!chosen(run)) continue
      run.abort(why)
      this.#patience = patience
      if (run !== this.#current) this.#await(run)
    }
  }

  /** Puts down what cannot be held where it stands: it is told to end, and kept to be begun anew. */
  putDown(why: TroupeError, patience: number): void {
    for (const run of this) if (!run.holdable && !run.why) run.kept = true
    this.abort((run) => run.kept, why, patience)
  }

  /** Its end is waited for, but not for ever. */
  #await(run: Run): void {
    this.#runs?.get(run)?.()
    const patience = this.#patience
    this.#runs?.set(
      run,
      this.#host.clock.after(patience, () => this.#leave(run, patience)),
    )
  }

  #leave(run: Run, patience: number): void {
    if (!this.#runs?.has(run)) return
    run.abandoned = true
    run.kept = false
    const error = new TroupeError(
      'TIMEOUT',
      `A handler of agent ${run.id} did not end within ${patience} ms of being told to; it was left behind.`,
    )
    this.#host.report(`agent ${run.id}`, error, run.id)
    run.traced?.end(error)
    run.work?.fail(run.why ?? error)
    run.letter?.reply?.(run.why ?? error, undefined)
    // What it does yet is its own: nobody goes on with it.
    if (run.letter?.record !== undefined) this.#host.keeper?.drop('letter', run.letter.record)
    this.remove(run)
  }

  #tell(): void {
    if (this.size > 0) return
    const emptied = this.#emptied
    this.#emptied = []
    for (const run of emptied) run()
  }
}
