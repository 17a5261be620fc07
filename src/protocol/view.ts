/**
 * The view: what a fold over all events says is there now. Server and client run this same fold, so that no number on a
 * dashboard comes from anywhere else. It holds no zod, so that a client stays small.
 */
import type { Failure } from '../errors.js'
import type { AttentionItem } from './attention.js'
import type { EventOf } from './event.js'
import type { Priority } from './priority.js'
import type { AgentState, BallotState, ClientState, SwarmState, TaskState, Topology } from './states.js'

export interface AgentView {
  id: string
  /** Whose it is; absent: no tenant's. */
  tenant?: string
  definition: string
  name: string
  state: AgentState
  busy: boolean
  /** Paused at once, wherever it stood. */
  frozen?: boolean
  hears: readonly string[]
  says: readonly string[]
  concurrency: number
  capabilities?: readonly string[]
  parent?: string
  /** Who spawned it: an actor's id, a client's, or `system`. */
  by: string
  activity?: string
  /** The state of its own machine, where its inside is one. */
  detail?: string
  /** Waiting tasks, next first. */
  queue: string[]
  /** Tasks in hand. */
  tasks: string[]
  /**
   * What its processes took when it was looked last: cores, bytes, how many, and how many threads they had together; absent while nobody
   * has listened to it.
   */
  metrics?: { cpu: number; memory: number; processes: number; threads: number; at: number }
  /** The processes that run for it, as far as it says so, in the order of their starts; absent where there are none. */
  pids?: readonly number[]
  /** What of its options cannot be had as it was asked for. */
  warnings?: readonly string[]
  /** Messages that come at a time. */
  schedules?: { id: string; message: string; next?: number }[]
  completed: number
  failed: number
  /** How many pieces of output it has printed: in all, and for no task; absent where it has printed none. */
  printed?: { all: number; own: number }
  /** Milliseconds that its completed tasks took together. */
  worked: number
  restarts: number
  error?: Failure
  spawnedAt: number
  /** When it last changed state, said or did anything. */
  activeAt: number
  metadata?: Readonly<Record<string, unknown>>
}

export interface TaskView {
  id: string
  tenant?: string
  title: string
  to: string
  /** Who asked for it: an actor's id, a client's, or `system`. */
  by: string
  message: Readonly<Record<string, unknown>>
  state: TaskState
  blocked: boolean
  needs: readonly string[]
  /** What whoever does it has to be capable of. */
  requires?: readonly string[]
  priority: Priority
  attempt: number
  /** Whether it is begun once at the most. */
  once?: boolean
  /** How often it may be tried again, in all or by the code of the error. */
  retries: number | Readonly<Record<string, number>>
  /** When it is tried again. */
  retryAt?: number
  /** When it has to be over. */
  deadline?: number
  /** The task that it is a part of. */
  parent?: string
  /** The tasks that are parts of it. */
  parts: string[]
  approval?: ApprovalView
  agent?: string
  swarm?: string
  progress: number
  note?: string
  /** Estimated milliseconds to go. */
  remaining?: number
  /** Pieces of output so far. */
  output: number
  result?: unknown
  error?: Failure
  createdAt: number
  startedAt?: number
  endedAt?: number
  metadata?: Readonly<Record<string, unknown>>
}

/** What a person is asked, and what came of it. */
export interface ApprovalView {
  question: string
  details?: Readonly<Record<string, unknown>>
  /** Who may decide; absent: whoever may act on the task. */
  voters?: readonly string[]
  decision?: 'approve' | 'reject'
  by?: string
  reason?: string
}

export interface SwarmView {
  id: string
  tenant?: string
  name: string
  goal: string
  /** Who formed it: an actor's id, a client's, or `system`. */
  by: string
  topology: Topology
  /** What the topology is for so many members, where that is not the topology itself. */
  wiring?: Topology
  /** 0 to 100. */
  health?: number
  /** When its tasks have to be over. */
  deadline?: number
  state: SwarmState
  phase: string
  coordinator?: string
  members: { id: string; role?: string }[]
  tasks: string[]
  progress: number
  completed: number
  total: number
  remaining?: number
  /** The newest 50 lines of its log, oldest first. */
  log: readonly LogLine[]
  /** The newest 10 pieces of output of its tasks, oldest first, of each the last 1,000 characters; `…` stands for what is before them. */
  printed: readonly PrintedPiece[]
  /** The newest 50 lines of what its tasks print, oldest first, of each the first 1,000 characters; `…` stands for what is after them. */
  lines: readonly PrintedLine[]
  createdAt: number
  metadata?: Readonly<Record<string, unknown>>
}

/** A line of a swarm's log. */
export interface LogLine {
  readonly at: number
  /** Where in the journal it stands: what was logged and what was printed have one order. */
  readonly offset: number
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
  readonly agent?: string
  readonly task?: string
}

/** A piece of what a task of a swarm printed. */
export interface PrintedPiece {
  readonly at: number
  /** Where in the journal it stands. */
  readonly offset: number
  readonly task: string
  readonly agent: string
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

/** A line of what a task of a swarm printed. */
export interface PrintedLine extends PrintedPiece {
  /** It has not ended: the next piece goes on with it. */
  readonly open?: boolean
}

export interface BallotView {
  id: string
  tenant?: string
  question: string
  choices: readonly string[]
  voters: readonly string[]
  rule: EventOf<'ballot.opened'>['rule']
  state: BallotState
  /** What each voter said last; null is an abstention. */
  votes: Record<string, string | null>
  /** How sure those voters are who said so. */
  confidences?: Record<string, number>
  decision: string | null
  /** Why it was closed, once it was. */
  reason?: NonNullable<EventOf<'ballot.status'>['reason']>
  /** For `plurality`: the share of all confidence that the decision has. */
  confidence?: number
  deadline?: number
  swarm?: string
  openedAt: number
  closedAt?: number
  metadata?: Readonly<Record<string, unknown>>
}

/** One session of a client. */
export interface ClientView {
  /** The session's. */
  id: string
  tenant?: string
  /** Under which the client is reached. */
  client: string
  state: Exclude<ClientState, 'gone'>
  name?: string
  dialect: string
  since: number
}

export interface View {
  /** Where in the journal this view stands. */
  epoch: string
  offset: number
  agents: Map<string, AgentView>
  tasks: Map<string, TaskView>
  swarms: Map<string, SwarmView>
  ballots: Map<string, BallotView>
  /** What needs a person. */
  attention: Map<string, AttentionItem>
  /** Who is connected, or will perhaps come back: by session. */
  clients: Map<string, ClientView>
  deadLetters: number
  errors: number
}

/** A view as plain data, for the wire. */
export interface ViewData {
  epoch: string
  offset: number
  agents: AgentView[]
  tasks: TaskView[]
  swarms: SwarmView[]
  ballots: BallotView[]
  attention: AttentionItem[]
  clients: ClientView[]
  deadLetters: number
  errors: number
  /** There is more: what to ask for the next page with. */
  next?: string
}

/** The lists of a view. */
export const viewLists = ['agents', 'tasks', 'swarms', 'ballots', 'attention', 'clients'] as const

/** An empty view at the beginning of a journal. */
export const createView = (epoch = '', offset = 0): View => ({
  epoch,
  offset,
  agents: new Map(),
  tasks: new Map(),
  swarms: new Map(),
  ballots: new Map(),
  attention: new Map(),
  clients: new Map(),
  deadLetters: 0,
  errors: 0,
})

/** A copy that later events do not change, as plain data. */
export const viewToData = (view: View): ViewData => ({
  epoch: view.epoch,
  offset: view.offset,
  agents: [...view.agents.values()].map((agent) => ({ ...agent, queue: [...agent.queue], tasks: [...agent.tasks] })),
  tasks: [...view.tasks.values()].map((task) => ({ ...task, parts: [...task.parts] })),
  swarms: [...view.swarms.values()].map((swarm) => ({
    ...swarm,
    members: swarm.members.map((member) => ({ ...member })),
    tasks: [...swarm.tasks],
  })),
  ballots: [...view.ballots.values()].map((ballot) => ({
    ...ballot,
    votes: { ...ballot.votes },
    ...(ballot.confidences ? { confidences: { ...ballot.confidences } } : {}),
  })),
  attention: [...view.attention.values()].map((item) => ({ ...item })),
  clients: [...view.clients.values()].map((client) => ({ ...client })),
  deadLetters: view.deadLetters,
  errors: view.errors,
})

const byId = <T extends { id: string }>(list: readonly T[]) => new Map(list.map((item) => [item.id, item]))

/** The view that `viewToData` wrote down. */
export const viewFromData = (data: ViewData): View => ({
  ...data,
  agents: byId(data.agents),
  tasks: byId(data.tasks),
  swarms: byId(data.swarms),
  ballots: byId(data.ballots),
  attention: byId(data.attention),
  clients: byId(data.clients),
})

const finals: ReadonlySet<string> = new Set(['stopped', 'completed', 'failed', 'cancelled', 'dissolved', 'closed'])

/** Whether an actor of this state will change no more. */
export const isFinal = (state: AgentState | TaskState | SwarmState | BallotState): boolean => finals.has(state)
