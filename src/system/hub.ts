/** Delivers envelopes to whoever listens: synchronously, in the order of the journal, with nobody able to harm a neighbour. */
import type { Envelope } from '../protocol/envelope.js'
import { Subscriptions } from '../subscriptions.js'

type Listener = (envelope: Envelope) => void

/** Somebody who wants to know whether anybody listens to a topic. */
interface Watch {
  readonly topic: string
  readonly begin: () => () => void
  end: (() => void) | undefined
}

interface Ear {
  readonly pattern: string
  readonly hear: Listener
  stopped: boolean
  stop: () => void
}

export class Hub {
  readonly #ears = new Subscriptions<Ear>()
  readonly #report: (where: string, error: unknown) => void
  readonly #watches = new Set<Watch>()
  #waiting: Envelope[] = []
  #delivering = false

  constructor(report: (where: string, error: unknown) => void) {
    this.#report = report
  }

  /** How many listeners there are. */
  get size(): number {
    return this.#ears.size
  }

  isHeard(topic: string): boolean {
    return this.#ears.match(topic).length > 0
  }

  /**
   * Calls `begin` whenever somebody begins to listen to the topic, at once where somebody does already, and what it returned when
   * nobody does any more. Returns how to stop; twice is fine.
   */
  whileHeard(topic: string, begin: () => () => void): () => void {
    const watch: Watch = { topic, begin, end: undefined }
    this.#watches.add(watch)
    this.#look(watch)
    return () => {
      this.#watches.delete(watch)
      end(watch)
    }
  }

  #look(watch: Watch): void {
    if (!this.isHeard(watch.topic)) end(watch)
    else watch.end ??= watch.begin()
  }

  #lookAll(): void {
    for (const watch of this.#watches) this.#look(watch)
  }

  /** Throws `INVALID_MESSAGE` for what is not a pattern. Returns how to stop; twice is fine. */
  listen(pattern: string, hear: Listener): () => void {
    const ear: Ear = { pattern, hear, stopped: false, stop: () => {} }
    const remove = this.#ears.add(pattern, ear)
    ear.stop = () => {
      ear.stopped = true
      remove()
      this.#lookAll()
    }
    this.#lookAll()
    return ear.stop
  }

  /** What a listener publishes is delivered after what it is hearing now, so that all hear everything in one order. */
  deliver(envelope: Envelope): void {
    if (this.#delivering) return void this.#waiting.push(envelope)
    this.#delivering = true
    this.#tell(envelope)
    while (this.#waiting.length > 0) {
      const round = this.#waiting
      this.#waiting = []
      for (const next of round) this.#tell(next)
    }
    this.#delivering = false
  }

  #failed(ear: Ear, error: unknown): void {
    ear.stop()
    this.#report(`a listener on ${ear.pattern}, which is detached now`, error)
  }

  #tell(envelope: Envelope): void {
    for (const ear of this.#ears.match(envelope.topic)) {
      if (ear.stopped) continue
      try {
        const result: unknown = ear.hear(envelope)
        // A listener may be an async function: what it rejects with is its failure too.
        if (result instanceof Promise) result.catch((error: unknown) => this.#failed(ear, error))
      } catch (error) {
        this.#failed(ear, error)
      }
    }
  }
}

const end = (watch: Watch): void => {
  const { end: undo } = watch
  watch.end = undefined
  undo?.()
}
