/** What was handed to one agent that a client works as, and is not answered yet. */
import { TroupeError } from '../src/errors.js'
import type { SessionEvent, SessionEventOf } from '../src/protocol/session.js'
import type { Courier, Handed, Working } from '../src/system/external.js'

interface Delivery {
  readonly frame: SessionEventOf<'session.deliver'>
  readonly working: Working
  paused: boolean
  settle(outcome: { readonly value: unknown } | { readonly error: unknown }): void
}

export class Deliveries implements Courier {
  readonly #agent: string
  readonly #nextId: () => string
  readonly #all: boolean
  readonly #open = new Map<string, Delivery>()
  #tell: ((event: SessionEvent) => void) | undefined
  #waiting: (() => void)[] = []

  /** `all`: whether what nobody waits for is answered too. */
  constructor(agent: string, nextId: () => string, all = true) {
    this.#agent = agent
    this.#nextId = nextId
    this.#all = all
  }

  get size(): number {
    return this.#open.size
  }
  get here(): boolean {
    return this.#tell !== undefined
  }

  /** The client is there: what is open is delivered again, since it may never have come, or be forgotten. */
  at(tell: (event: SessionEvent) => void): void {
    this.#tell = tell
    for (const { frame, paused } of this.#open.values()) {
      tell(frame)
      if (paused) this.#change(frame.delivery, 'paused')
    }
    for (const arrived of this.#waiting.splice(0)) arrived()
  }

  away(): void {
    this.#tell = undefined
  }

  reachable(signal: AbortSignal): Promise<void> {
    if (this.#tell) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const aborted = () => reject(signal.reason)
      if (signal.aborted) return aborted()
      signal.addEventListener('abort', aborted, { once: true })
      this.#waiting.push(() => {
        signal.removeEventListener('abort', aborted)
        resolve()
      })
    })
  }

  hand({ message, from, asked, priority, task, cause }: Handed, working: Working): Promise<unknown> {
    const delivery = this.#nextId()
    const { signature, ...why } = cause ?? {}
    const frame: Delivery['frame'] = {
      ...{ type: 'session.deliver', agent: this.#agent, delivery, message, from, asked, priority },
      ...(task ? { task: { ...task, needs: { ...task.needs } } } : {}),
      ...(cause ? { cause: why } : {}),
      ...(signature === undefined ? {} : { signature }),
    }
    if (!asked && !this.#all && this.#tell) {
      this.#tell(frame)
      return Promise.resolve(undefined)
    }
    return new Promise((resolve, reject) => {
      const cancelled = () => {
        // A reason may be anything; ours is a TroupeError.
        const { message: reason } = working.signal.reason as { message?: string }
        this.#open.delete(delivery)
        this.#change(delivery, 'cancelled', reason)
        reject(working.signal.reason)
      }
      const settle: Delivery['settle'] = (outcome) => {
        working.signal.removeEventListener('abort', cancelled)
        this.#open.delete(delivery)
        if ('error' in outcome) reject(outcome.error)
        else resolve(outcome.value)
      }
      const open: Delivery = { frame, working, paused: false, settle }
      this.#open.set(delivery, open)
      if (working.signal.aborted) return cancelled()
      working.signal.addEventListener('abort', cancelled, { once: true })
      this.#tell?.(frame)
      const hold = (paused: boolean) => () => {
        open.paused = paused
        if (this.#open.has(delivery)) this.#change(delivery, paused ? 'paused' : 'resumed')
      }
      // A client is told, and may do as it likes.
      working.onPause(hold(true), hold(false), { holds: false })
    })
  }

  done(delivery: string, value: unknown): void {
    this.#of(delivery).settle({ value })
  }

  /** `crashed`: the agent did, not only its work. */
  fail(delivery: string, message: string, details: Record<string, unknown> | undefined, crashed: boolean): void {
    const error = crashed ? new Error(message) : new TroupeError('FAILED', message, details ? { details } : {})
    this.#of(delivery).settle({ error })
  }

  progress(delivery: string, percent: number, note?: string): void {
    this.#of(delivery).working.progress(percent, note)
  }

  output(delivery: string, data: string, stream?: 'stdout' | 'stderr'): void {
    this.#of(delivery).working.output(data, stream)
  }

  #change(delivery: string, change: SessionEventOf<'session.delivery'>['change'], reason?: string): void {
    this.#tell?.({ type: 'session.delivery', agent: this.#agent, delivery, change, ...(reason === undefined ? {} : { reason }) })
  }

  #of(delivery: string): Delivery {
    const open = this.#open.get(delivery)
    if (open) return open
    throw new TroupeError('ENDED', `Nobody waits for what comes of ${delivery} any more: it was answered already, or cancelled.`)
  }
}
