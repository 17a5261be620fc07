/** What a server and its routers share: its clients, what stands between a publisher and those who listen, and the news for routers. */
import type { System } from '../../src/system/system.js'
import { numbersOf } from '../dialects/claude-flow/numbers.js'
import type { ClaudeFlowOptions } from '../dialects/claude-flow/options.js'
import { topicIn } from '../dialects/claude-flow/topics.js'
import { votingOf } from '../dialects/claude-flow/votes.js'
import { Clients } from './clients.js'
import { Emitter } from './emitter.js'
import type { Gate, Publication } from './publication.js'

/** What a router sets. */
export interface Settings {
  patterns: boolean
  subscriptions: number
  /** Only read when the server starts. */
  queue: number
}

/** A server that runs. */
export interface Running {
  readonly system: System
  /** The bridge, by which events are numbered. */
  readonly bridge: object
}

/**
 * Its events: `subscribed` and `unsubscribed` {clientId, topics}, `subscription-limit-exceeded` {clientId, topics}, `message-dropped`
 * {clientId, topic, count}, `published` {publisherId, topic, subscribers, sequenceNumber?}.
 */
export class Core extends Emitter {
  readonly settings: Settings = { patterns: true, subscriptions: 100, queue: 1_000 }
  readonly clients = new Clients()
  readonly gates: Gate[] = []
  /** How votes are counted, whoever proposes. */
  voting: Pick<ClaudeFlowOptions, 'consensus' | 'decisions'> = {}
  running: Running | undefined

  /** Whether every gate lets it through. */
  async passes(publication: Publication): Promise<boolean> {
    for (const gate of this.gates) if (!(await gate(publication))) return false
    return true
  }

  /** Publishes for the application. Rejects with `INVALID_MESSAGE` for what is no topic, and what a ballot is refused with. */
  async publish(publication: Publication): Promise<void> {
    const topic = topicIn(publication.topic)
    if (!(await this.passes(publication))) return
    // Nobody listens to a server that does not run.
    if (!this.running) return
    const { system } = this.running
    if (saysItself(system, topic, publication.data)) return
    if (await this.#vote(system, topic, publication)) return this.said(publication, topic)
    const stop = this.watch(publication, topic, publication.publisherId)
    await system.as(publication.publisherId).channel(topic).publish(publication.data)
    stop()
  }

  /** Tells of the next message from that source on the topic, which is this publication. Returns how to stop. */
  watch(publication: Publication, topic: string, source: string): () => void {
    const { running } = this
    if (!running) return () => {}
    const stop = running.system.listen(topic, (envelope) => {
      const { event } = envelope
      if (event.type !== 'message' || envelope.source !== source || event.body !== publication.data) return
      stop()
      this.said(publication, topic, numbersOf(running.bridge).of(envelope, topic))
    })
    return stop
  }

  said({ publisherId, topic: written, broadcast }: Publication, topic: string, sequenceNumber?: number): void {
    const subscribers = this.clients.audience(topic, broadcast ? undefined : publisherId)
    this.emit('published', {
      publisherId,
      topic: written,
      subscribers,
      ...(sequenceNumber === undefined ? {} : { sequenceNumber }),
    })
  }

  /** Opens a ballot or votes, where that is what is published. */
  async #vote(system: System, topic: string, { publisherId, data }: Publication): Promise<boolean> {
    const { ballots } = system.state
    const voting = votingOf(topic, data, known(system), this.voting, true)
    const stage = system.as(publisherId)
    for (const { command } of voting ?? [])
      if (command.type === 'ballot.propose') {
        const { type: _, question, voters, ...options } = command
        await stage.propose(question, { ...options, voters: Array.isArray(voters) ? voters : stage.swarm(voters.swarm) }).ready
      } else if (command.type === 'ballot.vote' && ballots.get(command.id)?.state !== 'closed') {
        // One that comes when the outcome was certain already is not counted.
        const { id, voter, choice, confidence } = command
        await stage.ballot(id).vote(voter, choice, { confidence })
      }
    return voting !== undefined
  }
}

/** Whether a system says it without the id by itself, since with the id it opens a ballot or votes in one. */
const saysItself = (system: System, topic: string, data: unknown): boolean => {
  const [domain, what, more] = topic.split('.')
  if (domain !== 'swarm' || more !== undefined || typeof data !== 'object' || data === null || !('swarmId' in data)) return false
  return votingOf(`swarm.${data.swarmId}.${what}`, data, known(system), {}, true) !== undefined
}

const known = ({ state }: System) => ({
  mayRead: () => true,
  swarm: (id: string) => state.swarms.get(id),
  ballot: (id: string) => state.ballots.get(id),
})

const cores = new WeakMap<object, Core>()

/** The core of a server. */
export const coreOf = (server: object): Core => {
  const known = cores.get(server) ?? new Core()
  cores.set(server, known)
  return known
}
