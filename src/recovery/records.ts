/** What actors are restored from beside their events: how each was declared, and what no event says. */
import type { Failure } from '../errors.js'
import type { When } from '../options.js'
import type { Cause } from '../protocol/envelope.js'
import type { Priority } from '../protocol/priority.js'
import type {
  ApprovalDeclaration,
  GraphDeclaration,
  SpawnOptions,
  SwarmDeclaration,
  TaskDeclaration,
} from '../system/definition.js'
import type { ExternalDeclaration } from '../system/external.js'

/** How an agent was spawned. */
export interface AgentRecord {
  readonly definition: string
  readonly options: Omit<SpawnOptions, 'id'>
  /** Whether it is to be paused, which no crash undoes. */
  readonly paused: boolean
  readonly parent?: string | undefined
  /** What it is where it works elsewhere, and whose. */
  readonly external?: { readonly declared: ExternalDeclaration; readonly source: string } | undefined
}

/** How often a task was tried again. */
export interface RetryRecord {
  readonly tries: number
  /** By the code that it failed with; those that share one count, under the empty word. */
  readonly used: Readonly<Record<string, number>>
}

/** How a task was declared, and what it has been through. */
export interface TaskRecord {
  readonly declared: TaskDeclaration | ApprovalDeclaration | GraphDeclaration
  readonly from: string
  readonly cause: Cause
  readonly deadline?: number | undefined
  /** On whose behalf it is paused. */
  readonly held: readonly string[]
  readonly retry: RetryRecord
  /** The results of what it needed, by id, as far as that is completed. */
  readonly met: Readonly<Record<string, unknown>>
  /** The tasks of a graph, by name. */
  readonly parts?: Readonly<Record<string, string>> | undefined
  /** How it ended, where whatever it is a part of still asks for that. */
  readonly ended?: { readonly error?: Failure | undefined; readonly result?: unknown } | undefined
}

/** How a swarm was declared, and how its tasks ended so far. */
export interface SwarmRecord {
  readonly declared: SwarmDeclaration
  readonly completed: number
  readonly failed: number
  readonly cancelled: number
  /** Whether it was paused, which no crash undoes. */
  readonly paused: boolean
}

/** What no event says of a ballot. */
interface BallotRecord {
  readonly fallback?: string | undefined
  readonly waits?: boolean | undefined
  readonly cause?: Cause | undefined
}

/** Messages that come at a time. */
export interface ScheduleRecord {
  readonly agent: string
  readonly message: { readonly type: string; readonly [field: string]: unknown }
  readonly priority: Priority
  readonly from: string
  readonly when: When
  /** How often it still comes; null: without end. */
  readonly left: number | null
  readonly due: number
}

/** A message that was accepted from outside and is not handled yet. */
interface LetterRecord {
  readonly to: string
  readonly message: { readonly type: string; readonly [field: string]: unknown }
  readonly priority: Priority
  readonly from: string
  readonly expires?: number | undefined
  readonly cause?: Cause | undefined
  readonly steers?: boolean | undefined
}

/** A message that could not be delivered. */
export interface DeadLetterRecord extends Omit<LetterRecord, 'expires' | 'steers'> {
  readonly reason: string
  readonly at: number
  readonly replays: number
  readonly unread?: boolean | undefined
}

/** What an agent keeps between messages, as its definition wrote it down. */
interface MemoryRecord {
  readonly version: number
  readonly data: unknown
}

/** All kinds of records. */
export interface RecordOf {
  agent: AgentRecord
  task: TaskRecord
  swarm: SwarmRecord
  ballot: BallotRecord
  schedule: ScheduleRecord
  letter: LetterRecord
  'dead-letter': DeadLetterRecord
  memory: MemoryRecord
}
