/** What actors are restored from beside their events: how each was declared, and what no event says. */
import type { Failure } from '../errors.js'
import type { When } from '../options.js'
import type { Cause } from '../protocol/envelope.js'
import type { Priority } from '../protocol/priority.js'
import type { TaskState } from '../protocol/states.js'
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
  /** What came of what it needed, by id, as far as that is over. One that gave nothing has no result. */
  readonly met: Readonly<Record<string, { readonly result?: unknown }>>
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
  /** Who is to have a task, where somebody chose: the member's id by that of the task. */
  readonly chosen?: Readonly<Record<string, string>> | undefined
}

/** What no event says of a ballot. */
interface BallotRecord {
  readonly fallback?: string | undefined
  readonly waits?: boolean | undefined
  readonly passing?: boolean | undefined
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

/** A message that was accepted, from outside or by a schedule, and is not handled yet. */
export interface LetterRecord {
  /** Its place in the order in which they were accepted. */
  readonly number: number
  readonly to: string
  readonly message: { readonly type: string; readonly [field: string]: unknown }
  readonly priority: Priority
  readonly from: string
  readonly expires?: number | undefined
  readonly cause?: Cause | undefined
  readonly steers?: boolean | undefined
  /** Whether its message has to be read by its schema yet. */
  readonly unread?: boolean | undefined
  /** The dead letter that it was before it was sent again. */
  readonly dead?: string | undefined
  /** The schedule by which it came, and which leaves out the next one while it waits. */
  readonly schedule?: string | undefined
  /** The swarm in which it waits to be passed on. */
  readonly swarm?: string | undefined
  /** The record of the idempotency key under which it was sent. */
  readonly once?: string | undefined
}

/** A message that could not be delivered. */
export interface DeadLetterRecord extends Omit<LetterRecord, 'expires' | 'steers' | 'dead' | 'schedule' | 'swarm' | 'once'> {
  readonly reason: string
  readonly at: number
  readonly replays: number
}

/** What an agent keeps between messages, as its definition wrote it down. */
interface MemoryRecord {
  readonly version: number
  readonly data: unknown
}

/** How a task ended, for those that come to need it when the view has forgotten it. */
interface EndRecord {
  readonly state: TaskState
  readonly number: number
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
  end: EndRecord
}
