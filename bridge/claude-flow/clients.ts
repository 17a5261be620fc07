/** The clients of a server. */
import { matches } from '../../src/protocol/topic.js'
import type { State } from '../dialects/claude-flow/state.js'
import { isPattern } from '../dialects/claude-flow/topics.js'
import type { Peer } from '../peers.js'

/** What is known of a client. */
export interface ClientConnection {
  readonly id: string
  readonly authenticated: boolean
  /** Topics and patterns, as the client wrote them. */
  readonly subscriptions: ReadonlySet<string>
  /** When it last said ping, or connected: milliseconds since the epoch. */
  readonly lastPing: number
  /** What it said of itself with its token. */
  readonly metadata?: Record<string, unknown> | undefined
  /** Messages that it has said. */
  readonly messageCount: number
}

class Client implements ClientConnection {
  readonly id: string
  readonly peer: Peer
  authenticated = false
  lastPing: number
  metadata: Record<string, unknown> | undefined
  /** What it says of itself, until it is welcome. */
  claimed: Record<string, unknown> | undefined
  messageCount = 0
  state: State | undefined

  constructor(peer: Peer, now: number) {
    this.id = peer.id
    this.peer = peer
    this.lastPing = now
  }

  get subscriptions(): ReadonlySet<string> {
    return new Set(this.state?.subscriptions.keys())
  }
}

export class Clients {
  readonly #all = new Map<string, Client>()

  add(peer: Peer, now: number): void {
    this.#all.set(peer.id, new Client(peer, now))
  }

  /** False: it was not there any more. */
  remove(id: string): boolean {
    return this.#all.delete(id)
  }

  get(id: string): Client | undefined {
    return this.#all.get(id)
  }

  get ids(): string[] {
    return [...this.#all.keys()]
  }

  get welcome(): Client[] {
    return [...this.#all.values()].filter(({ authenticated }) => authenticated)
  }

  clear(): void {
    this.#all.clear()
  }

  /** How many hear what is published on a topic; `but`: who does not, though it listens. */
  audience(topic: string, but: string | undefined): number {
    const parts = topic.split('.')
    let count = 0
    for (const { id, state } of this.#all.values())
      if (id !== but && state && [...state.subscriptions.values()].some((each) => matches(each.parts, parts))) count++
    return count
  }

  /** Who listens to which topic, patterns aside, by the topic as it was written. */
  get byTopic(): Map<string, string[]> {
    const byTopic = new Map<string, string[]>()
    for (const { id, subscriptions } of this.#all.values())
      for (const topic of subscriptions) if (!isPattern(topic)) byTopic.set(topic, [...(byTopic.get(topic) ?? []), id])
    return byTopic
  }
}
