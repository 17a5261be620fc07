/** The system as the actors of one tenant see it: what is another's is not there, and what they say is their tenant's. */
import { TroupeError } from '../errors.js'
import type { Cause, Envelope } from '../protocol/envelope.js'
import type { View } from '../protocol/view.js'
import type { AgentActor, AnyActor, Host, Letter, SwarmActor, TaskActor, Turn } from './actor.js'
import { openPoll, type Pollster } from './poll.js'
import { type Reach, within } from './reach.js'

/** What stands above all tenants. */
interface Whole extends Host, Pick<Pollster, 'ballots'> {
  newId(wanted: string | undefined): string
}

/**
 * The host of what is begun by whoever reaches so far, for a tenant where they stand above all. Throws `FORBIDDEN` for another tenant
 * than theirs.
 */
export const hostFor = (whole: Whole, reach: Reach | undefined, tenant: string | undefined): Host & Pollster => {
  if (reach === undefined) return tenant === undefined ? whole : new ScopedHost(whole, { tenant })
  if (tenant === undefined || tenant === reach.tenant) return new ScopedHost(whole, reach)
  throw new TroupeError('FORBIDDEN', 'Who belongs to one tenant begins nothing for another; leave the tenant out.')
}

/** The host of what was begun by whoever reached so far, where it goes on in another process. */
export const hostWithin = (whole: Whole, reach: Reach | undefined): Host & Pollster =>
  reach === undefined ? whole : new ScopedHost(whole, reach)

class ScopedHost implements Host, Pollster {
  readonly tenant: string | undefined
  readonly #whole: Whole
  readonly #reach: Reach

  constructor(whole: Whole, reach: Reach) {
    this.#whole = whole
    this.#reach = reach
    this.tenant = reach.tenant
  }

  get clock(): Host['clock'] {
    return this.#whole.clock
  }
  get ids(): Host['ids'] {
    return this.#whole.ids
  }
  get view(): View {
    return this.#whole.view
  }
  get draining(): boolean {
    return this.#whole.draining
  }
  get holding(): boolean {
    return this.#whole.holding
  }
  get keeper(): Host['keeper'] {
    return this.#whole.keeper?.within(this.#reach)
  }
  kept(): Promise<void> | undefined {
    return this.#whole.kept()
  }
  get stampsLetters(): boolean {
    return this.#whole.stampsLetters
  }
  get inspect(): Host['inspect'] {
    return this.#whole.inspect
  }
  get within(): Host['within'] {
    return this.#whole.within
  }
  get tracer(): Host['tracer'] {
    return this.#whole.tracer
  }
  get ballots(): Pollster['ballots'] {
    return this.#whole.ballots
  }

  emit(event: Parameters<Host['emit']>[0], options: Parameters<Host['emit']>[1] = {}): Envelope {
    return this.#whole.emit(event, { ...options, tenant: this.tenant })
  }
  listen(pattern: string, hear: (envelope: Envelope) => void): () => void {
    return this.#whole.listen(pattern, (envelope) => (within(this.#reach, envelope.tenant) ? hear(envelope) : undefined))
  }
  isHeard(topic: string): boolean {
    return this.#whole.isHeard(topic)
  }
  schedule(turn: Turn): void {
    this.#whole.schedule(turn)
  }

  deliver(to: string, letter: Letter): void {
    if (this.#sees(to)) this.#whole.deliver(to, letter)
    else this.deadLetter(to, letter, 'no-actor')
  }
  deadLetter(to: string, letter: Parameters<Host['deadLetter']>[1], reason: Parameters<Host['deadLetter']>[2]): void {
    this.#whole.deadLetter(to, { ...letter, reach: letter.reach ?? this.#reach }, reason)
  }
  report(where: string, error: unknown, actor?: string): void {
    this.#whole.report(where, error, actor)
  }

  stageFor(agent: string, cause: Cause | undefined): ReturnType<Host['stageFor']> {
    return this.#whole.stageFor(agent, cause)
  }
  question(...asked: Parameters<Host['question']>): ReturnType<Host['question']> {
    return this.#whole.question(...asked)
  }
  propose(question: string, poll: Parameters<Host['propose']>[1]): ReturnType<Host['propose']> {
    return openPoll(this, { ...poll, question, id: this.#whole.newId(undefined) })
  }

  tenantOf(id: string): string | undefined {
    return this.#whole.tenantOf(id)
  }
  agent(id: string): AgentActor | undefined {
    return this.#sees(id) ? this.#whole.agent(id) : undefined
  }
  task(id: string): TaskActor | undefined {
    return this.#sees(id) ? this.#whole.task(id) : undefined
  }
  swarm(id: string): SwarmActor | undefined {
    return this.#sees(id) ? this.#whole.swarm(id) : undefined
  }
  taskState(id: string): ReturnType<Host['taskState']> {
    return this.#sees(id) ? this.#whole.taskState(id) : undefined
  }

  enter<A extends AnyActor>(actor: A): A {
    return this.#whole.enter(actor)
  }
  retire(actor: AnyActor): void {
    this.#whole.retire(actor)
  }

  #sees(id: string): boolean {
    return within(this.#reach, this.#whole.tenantOf(id))
  }
}
