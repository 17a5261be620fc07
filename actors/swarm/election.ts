/** Who coordinates a swarm: the first who joined or joined as coordinator, and whoever the members vote for when that one is lost. */
import type { Event, EventOf } from '../../src/protocol/event.js'
import type { Host } from '../../src/system/actor.js'
import { plurality } from '../../src/vote/rules.js'
import type { Crew } from './crew.js'

/** Milliseconds that the members have to vote: one that does not answer cannot hold up the rest. */
const patience = 5_000
/** Candidates at the most, by their ids; everybody votes. */
const mostCandidates = 100

export interface ElectionOptions {
  readonly id: string
  readonly host: Host
  readonly crew: Crew
  emit(event: Exclude<Event, EventOf<'message'>>): void
  /** Somebody new coordinates, or nobody for now. */
  changed(): void
}

export class Election {
  readonly #options: ElectionOptions
  #coordinator: string | undefined
  /** Counts elections: the outcome of one that another has overtaken is ignored. */
  #round = 0
  #voting = false
  #closed = false

  constructor(options: ElectionOptions) {
    this.#options = options
  }

  get coordinator(): string | undefined {
    return this.#coordinator
  }
  /** Whether the members are voting now. */
  get voting(): boolean {
    return this.#voting
  }

  /** Who coordinated in the process before. */
  restore(coordinator: string | undefined): void {
    this.#coordinator = coordinator
  }

  /** Nobody counts the votes of an election of the process before: whoever is missing is elected anew, at once or when members are ready. */
  goOn(): void {
    const { crew } = this.#options
    if (this.#voting || (this.#coordinator !== undefined && crew.has(this.#coordinator))) return
    this.#elect(this.#coordinator === undefined ? 'nobody coordinates' : `${this.#coordinator} is no member any more`)
  }

  /** Somebody joined. */
  joined(agent: string, role: string | undefined): void {
    const { crew } = this.#options
    const first = this.#coordinator === undefined && !this.#voting
    const named = role === 'coordinator' && (this.#coordinator === undefined || crew.roleOf(this.#coordinator) !== 'coordinator')
    if (first || named) this.#appoint(agent, named ? 'it joined as coordinator' : 'it joined first')
  }

  /** A member crashed or is gone. */
  lost(agent: string, reason: string): void {
    if (agent === this.#coordinator) this.#elect(reason)
    // Who was voted for may be lost before the votes are counted.
    else if (this.#voting) this.#elect(`${reason}, while the members voted`)
  }

  /** A member can do something again. */
  ready(): void {
    if (this.#coordinator === undefined && !this.#voting) this.#elect('nobody coordinates')
  }

  close(): void {
    this.#closed = true
    this.#round++
  }

  #elect(reason: string): void {
    const { id, host, crew } = this.#options
    // While everybody goes there is nothing to coordinate.
    if (this.#closed || host.draining) return
    const round = ++this.#round
    if (this.#coordinator !== undefined) this.#say(undefined, reason)
    this.#coordinator = undefined
    const candidates = crew.live
      .map((agent) => agent.id)
      .sort()
      .slice(0, mostCandidates)
    const [lowest] = candidates
    this.#voting = candidates.length > 1
    if (lowest === undefined || !this.#voting) {
      if (lowest !== undefined) this.#appoint(lowest, `${reason}; nobody else is left`)
      return
    }
    const ballot = host.propose(`Who coordinates ${id}?`, {
      voters: crew.live.map((agent) => agent.id),
      choices: candidates,
      rule: plurality(),
      within: patience,
      fallback: lowest,
      passing: true,
    })
    void ballot.outcome.then(({ decision }) => {
      if (round !== this.#round) return
      this.#voting = false
      const alive = (agent: string) => crew.live.some((each) => each.id === agent)
      const winner = decision ?? lowest
      if (alive(winner))
        this.#appoint(winner, decision === null ? 'the vote decided nothing: the lowest id' : 'it was elected', ballot.id)
      else this.#elect(`${winner}, who was elected, is lost`)
    })
  }

  #appoint(agent: string, reason: string, ballot?: string): void {
    this.#round++
    this.#voting = false
    this.#coordinator = agent
    this.#say(agent, reason, ballot)
    this.#options.changed()
  }

  #say(agent: string | undefined, reason: string, ballot?: string): void {
    const { id, emit } = this.#options
    emit({ type: 'swarm.coordinator', id, ...(agent ? { agent } : {}), reason, ...(ballot ? { ballot } : {}) })
  }
}
