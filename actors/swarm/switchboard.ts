/** The messages between members: along which edges they go, and what becomes of those that cannot. */
import type { Event, EventOf } from '../../src/protocol/event.js'
import type { Topology } from '../../src/protocol/states.js'
import { keepLetter } from '../../src/recovery/letters.js'
import type { Host, Letter } from '../../src/system/actor.js'
import type { Crew } from './crew.js'
import type { Election } from './election.js'
import { effective, route } from './topology.js'

/** Messages that may wait while the members vote for a coordinator. */
const mostWaiting = 1_000

export interface SwitchboardOptions {
  readonly id: string
  readonly host: Host
  readonly crew: Crew
  readonly election: Election
  readonly topology: Topology
  emit(event: Exclude<Event, EventOf<'message'>>): void
}

interface Waiting {
  readonly to: string
  readonly letter: Letter
}

export class Switchboard {
  readonly #options: SwitchboardOptions
  #topology: Topology
  #wiring: Topology
  #waiting: Waiting[] = []

  constructor(options: SwitchboardOptions) {
    this.#options = options
    this.#topology = options.topology
    this.#wiring = effective(options.topology, 0)
  }

  get topology(): Topology {
    return this.#topology
  }

  send(to: string, letter: Letter): void {
    this.#pass({ to, letter })
  }

  /** From now on messages go along other edges. What was sent has arrived already, or waits and goes by these. */
  rewire(topology: Topology, reason = 'it was asked for'): void {
    if (topology === this.#topology) return
    const from = this.#topology
    this.#topology = topology
    this.#wiring = effective(topology, this.#options.crew.size)
    this.#say(reason, from)
    this.flush()
  }

  /** Its members are there again; how they are wired was said in the process before. */
  resume(): void {
    this.#wiring = effective(this.#topology, this.#options.crew.size)
  }

  /** Members came or went, which may change the wiring of what adapts. */
  resized(): void {
    const wiring = effective(this.#topology, this.#options.crew.size)
    if (wiring === this.#wiring) return
    this.#wiring = wiring
    this.#say(`it has ${this.#options.crew.size} members`)
  }

  /** Sends what waited for a coordinator. */
  flush(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const each of waiting) this.#pass(each)
  }

  close(): void {
    for (const { to, letter } of this.#waiting.splice(0)) this.#options.host.deadLetter(to, letter, 'unreachable')
  }

  #pass({ to, letter }: Waiting): void {
    const { id, host, crew, election, emit } = this.#options
    const { from } = letter
    const path = route({ topology: this.#wiring, members: crew.ids, coordinator: election.coordinator }, from, to)
    if (path.length === 0 && election.voting && this.#wiring === 'star' && crew.has(from) && crew.has(to)) {
      if (this.#waiting.length >= mostWaiting) return host.deadLetter(to, letter, 'mailbox-full')
      // What came from outside was accepted, and waits beyond the process, too.
      const kept = letter.unread || letter.record !== undefined ? keepLetter(host, to, letter, { swarm: id }) : letter
      return void this.#waiting.push({ to, letter: kept })
    }
    const blocked = path.slice(0, -1).find((hop) => hop !== from && !passes(host, hop))
    if (path.length === 0 || blocked !== undefined) return host.deadLetter(to, letter, 'unreachable')
    const message = host.ids.next()
    const hops = path.length - 1
    for (let hop = 1; hop <= hops; hop++)
      emit({ type: 'swarm.hop', id, message, from: path[hop - 1] ?? from, to: path[hop] ?? to, hop, hops })
    // Whoever passes it on between its sender and its receiver is one more that it has passed through.
    const passed = (letter.cause?.hops ?? 0) + Math.max(0, hops - 1)
    host.deliver(to, { ...letter, cause: { ...letter.cause, causationId: message, hops: passed } })
  }

  #say(reason: string, from = this.#topology): void {
    const { id, emit } = this.#options
    emit({ type: 'swarm.rewired', id, topology: this.#topology, wiring: this.#wiring, from, reason })
  }
}

/** Whether a member can pass messages on. */
const passes = (host: Host, id: string): boolean => {
  const state = host.agent(id)?.state
  return state === 'running' || state === 'paused' || state === 'spawning'
}
