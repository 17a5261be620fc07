/** What an Onsembl dashboard is told of commands and of their output. */
import type { EventOf } from '../../../src/protocol/event.js'
import { isFinal, type TaskView } from '../../../src/protocol/view.js'
import type { PlainFrame } from '../../dialect.js'
import { errorFrame } from './errors.js'
import type { State } from './state.js'
import { becameOf, commandStatusOf } from './states.js'
import type { CommandStatus } from './words.js'

/** One that is for a swarm is said when a member has it: until then it is no agent's. */
export const created = ({ id, to, swarm }: EventOf<'task.created'>, state: State, at: number): readonly PlainFrame[] =>
  to === swarm ? [] : [state.frame('command:status', { commandId: id, agentId: to, status: 'queued' }, at)]

/** Whether no agent has had it: a dashboard has not heard of it. */
const isNobodys = ({ agent }: Became, task?: TaskView): boolean =>
  agent === undefined && task !== undefined && task.agent === undefined && task.to === task.swarm

/** Whether it is told to each dashboard in its own way: who requested a command is told of its timeout too. */
export const isOwn = (event: EventOf<'task.status'>): boolean => isFinal(event.state)

export const commandStatus = (event: EventOf<'task.status'>, state: State, at: number): readonly PlainFrame[] => {
  const { id, error } = event
  const requested = isFinal(event.state) && state.over(id)
  const task = state.context.view.task(id)
  const status = becameOf(event, task)
  if (!status || isNobodys(event, task)) return []
  const frame = state.frame('command:status', facts(id, status, event, task), at)
  if (!requested || status !== 'failed' || error?.code !== 'TIMEOUT') return [frame]
  return [errorFrame(error, state, { commandId: id }), frame]
}

/** How a command is now, where it is over; nothing of one that the client may not see. */
export const commandNow = (id: string, state: State): readonly PlainFrame[] => {
  const task = state.context.view.task(id)
  if (!task || !isFinal(task.state)) return []
  state.over(id)
  if (isNobodys({}, task)) return []
  return [state.frame('command:status', facts(id, commandStatusOf(task.state), task, task))]
}

type Became = Partial<Pick<EventOf<'task.status'>, 'agent' | 'error' | 'result' | 'reason'>>

const facts = (commandId: string, status: CommandStatus, { agent, error, result, reason }: Became, task?: TaskView) => {
  const over = status === 'completed' || status === 'failed' || status === 'interrupted'
  const exitCode = over ? exitCodeIn(status === 'completed' ? result : error?.details) : undefined
  const why = over && status !== 'completed' ? (error?.message ?? reason) : undefined
  const spent = over ? timeOf(task) : undefined
  return {
    ...{ commandId, agentId: agent ?? task?.agent ?? task?.to ?? '', status },
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(why === undefined ? {} : { error: why.slice(0, 1_000) }),
    ...(spent === undefined ? {} : { executionTime: spent }),
  }
}

/** Milliseconds from its last start to its end; undefined where it was never begun. */
const timeOf = ({ startedAt, endedAt }: Partial<TaskView> = {}): number | undefined =>
  startedAt === undefined || endedAt === undefined ? undefined : Math.max(0, endedAt - startedAt)

/** What runs processes tells how they ended. */
const exitCodeIn = (facts: unknown): number | undefined => {
  if (typeof facts !== 'object' || facts === null || !('exitCode' in facts)) return undefined
  return Number.isSafeInteger(facts.exitCode) ? Number(facts.exitCode) : undefined
}

/** `skipped`: pieces before it that were dropped. */
export const output = (event: EventOf<'task.output'>, state: State, at: number, skipped: number): PlainFrame => {
  const { id, agent, stream, data } = event
  const { compressAbove } = state.settings
  const large = bytesOf(data, compressAbove) > compressAbove
  const sequence = state.next(id, skipped)
  const rest = { stream, sequence, ...(large ? { isCompressed: true } : {}) }
  return state.frame(
    'terminal:output',
    { commandId: id, agentId: agent, data: large ? state.context.gzip(data) : data, ...rest },
    at,
  )
}

const encoder = new TextEncoder()

/** Counted only where it matters: no unit of a string takes more than three bytes. */
const bytesOf = (text: string, limit: number): number =>
  text.length * 3 <= limit ? text.length : text.length > limit ? text.length : encoder.encode(text).length
