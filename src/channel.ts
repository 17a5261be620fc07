/** A channel: the events of a pattern as an RxJS Observable that a throwing subscriber cannot harm. */
import { Observable, type Observer, type Operator, type Subscription } from 'rxjs'
import { TroupeError } from './errors.js'
import { Lanes } from './lanes.js'
import type { Envelope } from './protocol/envelope.js'
import type { Event } from './protocol/event.js'
import type { EventFilter } from './protocol/filter.js'
import type { Priority } from './protocol/priority.js'
import { entityOf } from './protocol/topic.js'
import { Taken } from './taken.js'

/** What a channel stands on: the system in this process, or the connection to a distant one. */
export interface ChannelSource {
  /**
   * Hears every envelope on the pattern, in order of publication. Returns how to stop. `ended` is told when nothing more will come:
   * with an error when it was refused, without one when the source was closed.
   */
  listen(
    pattern: string,
    hear: (envelope: Envelope) => void,
    ended?: (error?: TroupeError) => void,
    filter?: EventFilter,
  ): () => void
  publish(topic: string, body: unknown, options: PublishOptions): Promise<{ readonly topic: string; readonly seq: number }>
  /** Told when a subscriber threw; it has been detached. */
  report(where: string, error: unknown): void
}

type Listen = (hear: (envelope: Envelope) => void, ended: (error?: TroupeError) => void) => () => void

export interface PublishOptions {
  /** Default `normal`. */
  readonly priority?: Priority | undefined
  /** Milliseconds after which it is no longer worth delivering. Default: never. */
  readonly ttl?: number | undefined
  /** What is said beside it; filters may ask for it. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /**
   * From a client: the `sub`s of those who alone can read it; it is encrypted before it leaves. In the system's own process it is refused
   * with `UNSUPPORTED`.
   */
  readonly encryptFor?: readonly string[] | undefined
  /** In the system's own process: a signature made with `troupe/keys`, which travels to subscribers. A client signs by itself. */
  readonly signature?: string | undefined
}

export interface IterateOptions {
  /** How many events may wait for the loop. Default 10,000; then the oldest of the lowest priority goes. */
  readonly capacity?: number | undefined
  /** Told of each event that was dropped. Default: it is reported as an error of the system. */
  readonly onDrop?: ((envelope: Envelope) => void) | undefined
}

type Next<T> = Partial<Observer<T>> | ((value: T) => void) | null | undefined

/** An Observable whose last subscriber, through any number of operators, is detached and reported when it throws. */
export class Guarded<T> extends Observable<T> {
  readonly #report: (error: unknown) => void

  constructor(report: (error: unknown) => void, subscribe?: ConstructorParameters<typeof Observable<T>>[0]) {
    super(subscribe)
    this.#report = report
  }

  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new Guarded<R>(this.#report)
    lifted.source = this
    lifted.operator = operator
    return lifted
  }

  override subscribe(
    observerOrNext?: Next<T>,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    const given: Partial<Observer<T>> =
      typeof observerOrNext === 'function'
        ? { next: observerOrNext, ...(error ? { error } : {}), ...(complete ? { complete } : {}) }
        : (observerOrNext ?? {})
    // Operators subscribe to their source with a Subscriber of their own, which already turns what is thrown into an error downstream.
    if ('isStopped' in given) return super.subscribe(given)
    let subscription: Subscription | undefined
    let failed = false
    const fail = (thrown: unknown, taken?: Taken) => {
      if (failed) return
      // What has to be acknowledged comes again, so whoever failed stays to try once more.
      if (taken) {
        taken.fail()
        return this.#report(thrown)
      }
      failed = true
      subscription?.unsubscribe()
      this.#report(thrown)
    }
    const guard = (run: () => unknown) => {
      // What comes while it still subscribes cannot be stopped yet, only passed over.
      if (failed) return
      const taken = Taken.current
      try {
        const result = run()
        if (!(result instanceof Promise)) return
        const release = taken?.hold()
        // A subscriber may be an async function: what it rejects with is its failure too.
        result.catch((thrown: unknown) => fail(thrown, taken)).finally(release)
      } catch (thrown) {
        fail(thrown, taken)
      }
    }
    subscription = super.subscribe({
      next: (value) => guard(() => given.next?.(value)),
      error: (thrown: unknown) => (given.error ? guard(() => given.error?.(thrown)) : this.#report(thrown)),
      complete: () => guard(() => given.complete?.()),
    })
    if (failed) subscription.unsubscribe()
    return subscription
  }
}

/**
 * The events on all topics that a pattern covers, delivered synchronously in the order in which they were published.
 *
 * @example
 * system.channel('agent.*.status').subscribe((event) => console.log(event.id, event.state))
 * for await (const event of system.channel('task.#')) …
 */
export class Channel<E extends Event = Event> extends Guarded<E> {
  readonly pattern: string
  /** The same events with their place in the journal and their cause. */
  readonly envelopes: Observable<Envelope<E>>
  readonly #source: ChannelSource
  readonly #listen: Listen

  constructor(source: ChannelSource, pattern: string, filter?: EventFilter) {
    const report = (error: unknown) => source.report(`a subscriber of ${pattern}`, error)
    const end = (subscriber: Pick<Observer<unknown>, 'error' | 'complete'>) => (error?: TroupeError) =>
      error ? subscriber.error(error) : subscriber.complete()
    const listen: Listen = (hear, ended) => source.listen(pattern, hear, ended, filter)
    super(report, (subscriber) => listen((envelope) => subscriber.next(envelope.event as E), end(subscriber)))
    this.envelopes = new Guarded<Envelope<E>>(report, (subscriber) =>
      listen((envelope) => subscriber.next(envelope as Envelope<E>), end(subscriber)),
    )
    this.pattern = pattern
    this.#source = source
    this.#listen = listen
  }

  /** Publishes a message on this channel's topic. Rejects with `INVALID_MESSAGE` when the pattern is not one topic. */
  async publish(body: unknown, options: PublishOptions = {}): Promise<{ readonly topic: string; readonly seq: number }> {
    if (/[*#]/.test(this.pattern))
      throw new TroupeError(
        'INVALID_MESSAGE',
        `A message is published on one topic; ${JSON.stringify(this.pattern)} is a pattern for many.`,
      )
    return this.#source.publish(this.pattern, body, options)
  }

  /** The events as an async iterator with a bounded buffer; it ends when the loop is left. */
  async *iterate(options: IterateOptions = {}): AsyncGenerator<Envelope<E>, void, void> {
    const { capacity = 10_000 } = options
    type Waiting = { readonly envelope: Envelope<E>; readonly release: (() => void) | undefined }
    const tell = options.onDrop ?? ((envelope: Envelope) => this.#tooSlow(envelope))
    const onDrop = ({ envelope }: Waiting) => {
      try {
        tell(envelope)
      } catch (error) {
        this.#source.report(`onDrop of a loop over ${this.pattern}`, error)
      }
    }
    const waiting = new Lanes<Waiting>({ capacity, onDrop })
    let wake: (() => void) | undefined
    let over: { readonly error: TroupeError | undefined } | undefined
    const hear = (envelope: Envelope) => {
      // One that is dropped is never done with.
      waiting.push(
        { envelope: envelope as Envelope<E>, release: Taken.current?.hold() },
        envelope.priority,
        entityOf(envelope.topic),
      )
      wake?.()
    }
    const stop = this.#listen(hear, (error) => {
      over = { error }
      wake?.()
    })
    // Written by the callback above, which the compiler does not follow.
    const ended = () => over as { readonly error: TroupeError | undefined } | undefined
    try {
      for (;;) {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          yield next.envelope
          // Whoever asks for the next one is done with this.
          next.release?.()
        }
        const end = ended()
        if (end?.error) throw end.error
        if (end) return
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    } finally {
      stop()
    }
  }

  #tooSlow({ topic, seq }: Envelope): void {
    this.#source.report(`a loop over ${this.pattern}`, new TroupeError('DROPPED', `It is too slow: ${topic} ${seq} was dropped.`))
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<E, void, void> {
    for await (const envelope of this.iterate()) yield envelope.event
  }
}
