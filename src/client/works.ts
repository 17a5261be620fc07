/** The agents that a client works as: what is delivered to them, and what it reports. */
import type { Verified } from '../crypto/participant.js'
import { describeThrown, isOurs, TroupeError, toTroupeError } from '../errors.js'
import type { Cause } from '../protocol/envelope.js'
import type { Priority } from '../protocol/priority.js'
import type { Applied } from '../protocol/reply.js'
import type { Tracer } from '../tracer.js'
import type { How } from './refs/ref.js'
import type { Sealing } from './sealing.js'
import { inSpanOf } from './trace.js'

/** What a client says of an agent that it works as. */
export interface Registration {
  readonly id: string
  /** What people read. Default: the definition. */
  readonly name?: string | undefined
  /** What kind of agent it is. Default: `external`. */
  readonly definition?: string | undefined
  /** The types of the messages that it hears. */
  readonly hears: readonly string[]
  readonly says?: readonly string[] | undefined
  /** How many messages and tasks it works on at once. Default 1. */
  readonly concurrency?: number | undefined
  readonly capabilities?: readonly string[] | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** A message to an agent that this client works as, and how to speak of the work on it. */
export interface Delivery {
  readonly id: string
  readonly message: { readonly type: string; readonly [field: string]: unknown }
  readonly from: string
  /** How urgent it is: the priority of the message, or of the task that it is the work of. */
  readonly priority: Priority
  /** What it is the work of, if it is a task's, and the results that it needs. */
  readonly task: { readonly id: string; readonly attempt: number; readonly needs: Readonly<Record<string, unknown>> } | undefined
  readonly cause: Cause | undefined
  /** The message came encrypted; then what is returned is encrypted, too, for whoever sent it. */
  readonly encrypted?: true
  /** Who signed it, and when. Rejects with `SIGNATURE_REQUIRED` where nobody did, `SIGNATURE_INVALID` where it was made for something else. */
  verify(): Promise<Verified>
  /** Aborted when it is cancelled, the agent has ended, or this client is closed; `reason` is a `TroupeError`. */
  readonly signal: AbortSignal
  /** Says how far the work is, 0 to 100. */
  progress(percent: number, note?: string): void
  /** Streams a piece of output. Default stream: `stdout`. */
  output(data: string, stream?: 'stdout' | 'stderr'): void
  /** Runs `pause` and `resume` when the agent or the task is paused and resumed. */
  onPause(pause: () => void, resume: () => void): void
}

/** An agent that this client works as. */
export interface Registered {
  readonly id: string
  /** Resolves when the system knows it. Rejects with `FORBIDDEN`, `ID_TAKEN`, `UNSUPPORTED`. */
  readonly ready: Promise<void>
  /** Resolves when it has ended, by whomever. */
  readonly ended: Promise<void>
  /** Publishes a message on `agent.<id>.said`. */
  say(message: { readonly type: string; readonly [field: string]: unknown }): Promise<Applied>
  /** Says in a few words what is being done now. */
  activity(text: string): Promise<Applied>
  /** Says that it lives; whatever else it says does so too. */
  heartbeat(): Promise<Applied>
  /** Works as it no longer: it is stopped. */
  unregister(reason?: string): Promise<Applied>
}

/** What works need of their client. */
interface Line {
  readonly sealing: Pick<Sealing, 'delivery' | 'verifyDelivery'>
  readonly tracer: Tracer | undefined
  ask(type: string, payload: object, how?: How): Promise<unknown>
  tell(type: string, payload: object): void
  report(where: string, error: unknown): void
}

interface Told {
  readonly agent: string
  readonly delivery: string
  readonly change: 'paused' | 'resumed' | 'cancelled'
  readonly reason?: string
  readonly signature?: string
}

interface Open {
  readonly controller: AbortController
  readonly hooks: { readonly pause: () => void; readonly resume: () => void }[]
  paused: boolean
}

interface Work {
  readonly registration: Registration
  readonly work: (delivery: Delivery) => unknown
  readonly open: Map<string, Open>
  readonly end: () => void
}

export class Works {
  readonly #line: Line
  readonly #all = new Map<string, Work>()

  constructor(line: Line) {
    this.#line = line
  }

  register(registration: Registration, work: (delivery: Delivery) => unknown): Registered {
    const { id } = registration
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    // The reply to each of these is of this shape by the protocol.
    const say = (type: string, payload: object) => this.#line.ask(type, { id, ...payload }) as Promise<Applied>
    if (this.#all.has(id)) {
      const ready = Promise.reject(new TroupeError('ID_TAKEN', `This client works as ${id} already.`))
      ready.catch(() => {})
      return { id, ready, ended, ...verbs(say) }
    }
    this.#all.set(id, { registration, work, open: new Map(), end })
    const ready = say('external.register', registration).then(() => {})
    ready.catch(() => this.#end(id, new TroupeError('NOT_RUNNING', `The agent ${id} was never registered.`)))
    return { id, ready, ended, ...verbs(say) }
  }

  /** There is another connection: the system is told that the agents behind it are there again. */
  again(): void {
    for (const { registration } of this.#all.values()) this.#line.tell('external.register', registration)
  }

  told(type: string, payload: object): void {
    // What the server says of these is stated by the protocol; a client does not check its server.
    const { agent } = payload as Told
    const work = this.#all.get(agent)
    if (!work) return
    if (type === 'dismissed') this.#end(agent, new TroupeError('NOT_RUNNING', `The agent ${agent} has ended.`))
    else if (type === 'delivery') this.#changed(work, payload as Told)
    else void this.#deliver(work, payload as Pick<Delivery, 'message' | 'from'> & Partial<Delivery> & Told)
  }

  /** Nothing more will come. */
  close(error: TroupeError): void {
    for (const id of [...this.#all.keys()]) this.#end(id, error)
  }

  #end(agent: string, why: TroupeError): void {
    const work = this.#all.get(agent)
    this.#all.delete(agent)
    for (const { controller } of work?.open.values() ?? []) controller.abort(why)
    work?.end()
  }

  #changed({ open }: Work, { delivery, change, reason }: Told): void {
    const known = open.get(delivery)
    if (!known) return
    if (change === 'cancelled') return known.controller.abort(new TroupeError('CANCELLED', reason))
    known.paused = change === 'paused'
    for (const { pause, resume } of known.hooks) (known.paused ? pause : resume)()
  }

  async #deliver(work: Work, told: Pick<Delivery, 'message' | 'from'> & Partial<Delivery> & Told): Promise<void> {
    const { agent: id, delivery } = told
    // Delivered again after a connection was lost: it is in hand already.
    if (work.open.has(delivery)) return
    const open: Open = { controller: new AbortController(), hooks: [], paused: false }
    const { signal } = open.controller
    // Kept while there is no connection: what was done is told, however long the way there takes.
    const report = async (type: string, payload: object): Promise<void> => {
      if (signal.aborted) return
      const how = { keeps: true, timeout: Number.POSITIVE_INFINITY }
      await this.#line.ask(type, { id, delivery, ...payload }, how).catch(async (error: TroupeError) => {
        // Nobody waits for it any more, which is told to the work by its signal.
        if (error.code === 'ENDED' || error.code === 'CLOSED') return
        if (error.code !== 'NOT_FOUND') this.#line.report(type, error)
        // What cannot be said, such as to whom nobody knows a key of, is no answer: whoever waits is told that, and what is next is begun.
        if (type === 'external.done') await report('external.fail', { message: error.message, crashed: false })
      })
    }
    work.open.set(delivery, open)
    // It stays in hand until the system knows what came of it, so that a second delivery meanwhile is known as one.
    await this.#outcome(work, { ...told, id: delivery }, open, report).then(([type, payload]) => report(type, payload))
    work.open.delete(delivery)
  }

  async #outcome(
    { work }: Work,
    {
      id,
      message: came,
      from,
      priority = 'normal',
      task,
      cause,
      agent,
      signature,
    }: Told & Pick<Delivery, 'id' | 'message' | 'from'> & Partial<Delivery>,
    open: Open,
    report: (type: string, payload: object) => Promise<void>,
  ): Promise<[type: string, payload: object]> {
    const { signal } = open.controller
    const { sealing } = this.#line
    try {
      const reading = sealing.delivery({ agent, message: came, from, signature })
      // Begun at once where there is nothing to read: who listens to the signal has to listen before it is aborted.
      const { message, encrypted, unreadable } = reading === undefined ? { message: came } : await reading
      if (unreadable) throw unreadable
      signal.throwIfAborted()
      const value = await inSpanOf(this.#line.tracer, message.type, cause, (own) =>
        work({
          ...(encrypted ? { encrypted } : {}),
          verify: () => sealing.verifyDelivery({ agent, message: came, from, signature }),
          ...{ id, message, from, priority, task, signal, cause: own },
          progress: (percent, note) => void report('external.progress', { percent: Math.min(100, Math.max(0, percent)), note }),
          output: (data, stream) => void report('external.output', { data, stream }),
          onPause(pause, resume) {
            open.hooks.push({ pause, resume })
            if (open.paused) pause()
          },
        }),
      )
      // What returns nothing has something to say all the same: that it is done.
      const done = { value: value ?? null }
      // The one who asked in secret is answered in secret.
      return ['external.done', encrypted ? { ...done, encryptFor: [from], answers: cause?.correlationId } : done]
    } catch (thrown) {
      const { message: text, details, code } = toTroupeError(thrown)
      const crashed = !isOurs(thrown) || code === 'CRASHED'
      return ['external.fail', { message: isOurs(thrown) ? text : describeThrown(thrown), details, crashed }]
    }
  }
}

const verbs = (say: (type: string, payload: object) => Promise<Applied>) => ({
  say: (message: object) => say('external.say', { message }),
  activity: (activity: string) => say('external.activity', { activity }),
  heartbeat: () => say('external.heartbeat', {}),
  unregister: (reason?: string) => say('external.unregister', { reason }),
})
