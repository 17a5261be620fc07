/** Requests that wait for their answers. */
import type { CancelTimer, Clock } from '../clock.js'
import { fromFailure, TroupeError } from '../errors.js'

/** A request as it is written. */
export interface Outgoing {
  readonly id: string
  readonly type: string
  readonly payload: object
  /** Under which the server carries it out only once. */
  readonly key?: string
  /** The command, signed. */
  readonly signature?: string
  /** The trace that it belongs to. */
  readonly metadata?: { readonly traceparent: string }
}

interface Waiting {
  outgoing: Outgoing
  /** Only asks and changes nothing: it may be asked again on a new connection. */
  readonly repeatable: boolean
  readonly resolve: (value: unknown) => void
  readonly reject: (error: TroupeError) => void
  readonly cancel: CancelTimer
  /** Whether a server may have it. */
  written: boolean
  /** Milliseconds for which it may be on its way to no server. */
  patience: number
  unsaid: CancelTimer
}

export class Pending {
  readonly #clock: Clock
  readonly #waiting = new Map<string, Waiting>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Waits for the answer; `timeout` in milliseconds, or Infinity. */
  add(outgoing: Outgoing, repeatable: boolean, timeout: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(timeout, () => {
        this.#waiting.delete(outgoing.id)
        reject(
          new TroupeError(
            'TIMEOUT',
            `No answer to ${outgoing.type} came within ${timeout} ms; it may have been carried out all the same.`,
          ),
        )
      })
      this.#waiting.set(outgoing.id, {
        ...{ outgoing, repeatable, resolve, reject, cancel, written: false },
        ...{ patience: Number.POSITIVE_INFINITY, unsaid: () => {} },
      })
    })
  }

  /**
   * It changes something, so it is not said long after it was asked: whoever asked may have thought better of it. `patience`: milliseconds
   * without a connection, now or later, after which it is given up, however long its answer may take.
   */
  bound(id: string, patience: number): void {
    const waiting = this.#waiting.get(id)
    if (!waiting) return
    waiting.patience = patience
    if (!waiting.written) this.#beUnsaid(waiting)
  }

  #beUnsaid(waiting: Waiting): void {
    const { outgoing, patience } = waiting
    waiting.unsaid()
    waiting.unsaid = this.#clock.after(patience, () => {
      if (waiting.written) return this.#giveUp((each) => each === waiting)
      const never = `There was no connection within ${patience} ms, and ${outgoing.type} was not said; try again when there is one.`
      this.#take(outgoing.id)?.reject(new TroupeError('TIMEOUT', never))
    })
  }

  /** An answer that nobody waits for any more is ignored: it came after its timeout. */
  resolve(id: string, value: unknown): void {
    this.#take(id)?.resolve(value)
  }

  reject(id: string, failure: { code: string; message: string; details?: Readonly<Record<string, unknown>> | undefined }): void {
    this.#take(id)?.reject(fromFailure(failure))
  }

  /** The connection is lost. What only asks, and what has a key, is kept, to be asked again. */
  lost(): void {
    this.#giveUp(({ repeatable, outgoing }) => !repeatable && outgoing.key === undefined)
    for (const waiting of this.#waiting.values()) this.#beUnsaid(waiting)
  }

  /** The server that is there now knows none of the keys: what changes something is told that it may have been carried out. */
  forget(): void {
    this.#giveUp(({ repeatable, written }) => !repeatable && written)
  }

  #giveUp(chosen: (waiting: Waiting) => boolean): void {
    for (const [id, waiting] of [...this.#waiting]) {
      const { outgoing } = waiting
      if (chosen(waiting))
        this.#take(id)?.reject(
          new TroupeError(
            'DISCONNECTED',
            `The connection was lost before ${outgoing.type} was answered; it may have been carried out all the same.`,
          ),
        )
    }
  }

  /** Whether somebody still waits for the answer. */
  has(id: string): boolean {
    return this.#waiting.has(id)
  }

  /** So it is said from now on. */
  put(outgoing: Outgoing): void {
    const waiting = this.#waiting.get(outgoing.id)
    if (waiting) waiting.outgoing = outgoing
  }

  /** It is on its way to a server. */
  wrote(id: string): void {
    const waiting = this.#waiting.get(id)
    if (!waiting) return
    waiting.written = true
    waiting.unsaid()
  }

  /** What has to be asked again. */
  get again(): readonly Outgoing[] {
    return [...this.#waiting.values()].map(({ outgoing }) => outgoing)
  }

  /** Nothing will be answered any more. */
  close(error: TroupeError): void {
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(error)
  }

  #take(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    waiting?.cancel()
    waiting?.unsaid()
    return waiting
  }
}
