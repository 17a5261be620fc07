/** What a command is answered with. */
import type { Failure } from '../errors.js'
import type { AttentionItem } from './attention.js'
import type { Command, CommandType } from './command.js'
import type { SystemMetrics, Traffic } from './monitoring.js'
import type { Priority } from './priority.js'
import type { ViewData } from './view.js'

/** How a ballot ended. */
export interface Decision<C extends string = string> {
  /** null: no choice reached what the rule asks for. */
  readonly decision: C | null
  /** `decided`: certain before the deadline; `complete`: everybody voted; `deadline`; `veto`; `cancelled`. */
  readonly reason: 'decided' | 'complete' | 'deadline' | 'veto' | 'cancelled'
  /** What each choice was given: voters, weight or confidence, as the rule counts. */
  readonly votes: Readonly<Record<C, number>>
  readonly abstained: number
  readonly voters: number
  /** For `plurality`: the share of all confidence, 0 to 1, that the decision has. */
  readonly confidence?: number
}

/** How a swarm's work ended. */
export interface SwarmSummary {
  readonly completed: number
  readonly failed: number
  readonly cancelled: number
}

/** A message that could not be delivered. */
export interface DeadLetter {
  readonly id: string
  readonly to: string
  readonly from: string
  readonly message: unknown
  readonly reason: string
  readonly priority: Priority
  /** When it died, milliseconds since the epoch. */
  readonly at: number
  /** How often it was sent again. */
  readonly replays: number
  /** Whose it is; absent: no tenant's. */
  readonly tenant?: string
}

/** How the machine is, and what goes through the door. */
export interface Monitoring {
  readonly metrics: SystemMetrics
  readonly traffic: Traffic
}

/** What each command's receipt carries when it was applied. */
interface Replies {
  'agent.ask': { readonly value: unknown }
  'task.result': { readonly value: unknown }
  'swarm.result': SwarmSummary
  'ballot.result': Decision
  'view.get': ViewData
  'metrics.get': Monitoring
  'attention.list': { readonly items: readonly AttentionItem[] }
  'dead-letter.list': { readonly letters: readonly DeadLetter[] }
  'channel.publish': { readonly topic: string; readonly seq: number }
}

/** The ids and states that all other commands answer with. */
export interface Applied {
  readonly id: string
  /** The state of what it concerned after it was applied. */
  readonly state?: string
  /** The number, on the topic of its status, of the last status that this led to; absent where nothing changed. */
  readonly seq?: number
  /** How many others the verb reached with it, such as the parts of a task. */
  readonly reached?: number
  /** Of a pause: who has not reached a boundary yet. */
  readonly pending?: readonly string[]
  /** Of a spawn: what of its options cannot be had here as it was asked for. */
  readonly warnings?: readonly string[]
}

export type ReplyTo<T extends CommandType> = T extends keyof Replies ? Replies[T] : Applied

/** The receipt of a command: first `accepted` where it takes time, then `applied` or `rejected`. */
export type Outcome<C extends Command = Command> =
  | { readonly receipt: 'accepted' }
  | { readonly receipt: 'applied'; readonly value: ReplyTo<C['type']> }
  | { readonly receipt: 'rejected'; readonly error: Failure }
