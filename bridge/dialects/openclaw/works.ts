/** An agent that works behind this connection: what it is handed, and what it reports. */
import { TroupeError } from '../../../src/errors.js'
import type { SessionEventOf } from '../../../src/protocol/session.js'
import type { PlainFrame, Request } from '../../dialect.js'
import { ask, type Heard, report } from './ask.js'
import { read } from './read.js'
import type { State } from './state.js'
import { type Frame, payloads, priorities } from './words.js'

/** The id under which it works. */
const agentId = (state: State): string => state.agent.id ?? state.clientId

/** It is an actor like any other from its welcome on. */
export const registration = (state: State): Request => {
  const { name, capabilities } = state.agent
  return {
    id: 'register',
    command: {
      type: 'external.register',
      id: agentId(state),
      definition: 'openclaw',
      hears: ['*'],
      answers: 'asked',
      ...(name ? { name } : {}),
      ...(capabilities ? { capabilities: [...capabilities] } : {}),
    },
  }
}

/** What it is handed: a task, a request that waits for its response, or a message. */
export const handed = (
  { agent, delivery, message, from, asked, priority, task }: SessionEventOf<'session.deliver'>,
  state: State,
): PlainFrame => {
  const { type, ...data } = message
  const more = { id: delivery, source: from, target: agent, priority: priorities.indexOf(priority) }
  if (task) {
    state.delivered.set(task.id, { agent, delivery })
    const { title, description, command } = data
    const words = { ...(title ? { title } : {}), ...(description ? { description } : {}), ...(command ? { command } : {}) }
    const payload = { taskId: task.id, agentId: agent, action: type, ...words, attempt: task.attempt, data, needs: task.needs }
    return state.message('task_assign', payload, { ...more, correlationId: delivery })
  }
  if (!asked) return state.message('agent_message', { action: type, data }, more)
  state.delivered.set(delivery, { agent, delivery })
  return state.message('request', { action: type, data }, { ...more, correlationId: delivery })
}

/** What it was handed changes. */
export const change = (
  { agent, delivery, change: what, reason }: SessionEventOf<'session.delivery'>,
  state: State,
): PlainFrame[] => {
  const [name] = [...state.delivered].find(([, each]) => each.delivery === delivery) ?? []
  if (name === undefined) return []
  if (what === 'cancelled') state.delivered.delete(name)
  const status = what === 'resumed' ? 'in_progress' : what
  return [
    state.message(
      'task_status_change',
      { taskId: name, agentId: agent, status, ...(reason ? { reason } : {}) },
      { target: agent, correlationId: delivery },
    ),
  ]
}

const inHand = (name: string, state: State) => {
  const found = state.delivered.get(name) ?? [...state.delivered.values()].find(({ delivery }) => delivery === name)
  if (found) return found
  throw new TroupeError('NOT_FOUND', `You have no task ${name} in hand.`)
}

const settle = (delivery: string, state: State): void => {
  for (const [name, each] of state.delivered) if (each.delivery === delivery) state.delivered.delete(name)
}

const wordsOf = (error: unknown): string => {
  if (typeof error === 'string') return error
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined
  return typeof message === 'string' ? message : 'The agent said that it failed.'
}

/** `response` and `error` settle what it was asked; they are not answered. */
export const response = (frame: Frame, state: State, failed: boolean): Heard => {
  const { payload = {}, correlationId = '' } = frame
  const found =
    state.delivered.get(correlationId) ?? [...state.delivered.values()].find(({ delivery }) => delivery === correlationId)
  if (!found) return []
  const { agent, delivery } = found
  settle(delivery, state)
  if (failed || payload['status'] === 'error')
    return report(
      {
        type: 'external.fail',
        id: agent,
        delivery,
        message: wordsOf(payload['message'] ?? payload['error'] ?? payload['data']).slice(0, 10_000),
      },
      state,
    )
  return report({ type: 'external.done', id: agent, delivery, value: 'data' in payload ? payload['data'] : payload }, state)
}

/** How a task of it goes. */
export const taskStatusChange = (frame: Frame, state: State): Heard => {
  const { taskId, status, result, error } = read(payloads.taskStatus, frame.payload ?? {}, 'The change')
  const { agent, delivery } = inHand(taskId, state)
  const told = { data: () => ({ taskId, status }) }
  switch (status.toLowerCase()) {
    case 'completed':
      settle(delivery, state)
      return ask(frame, { type: 'external.done', id: agent, delivery, value: result ?? null }, state, told)
    case 'failed':
      settle(delivery, state)
      return ask(frame, { type: 'external.fail', id: agent, delivery, message: wordsOf(error).slice(0, 10_000) }, state, told)
    default:
      return ask(frame, { type: 'external.activity', id: agent, activity: `${taskId}: ${status}` }, state, told)
  }
}

export const progressUpdate = (frame: Frame, state: State): Heard => {
  const { taskId, progress, message } = read(payloads.progress, frame.payload ?? {}, 'The progress')
  const { agent, delivery } = inHand(taskId, state)
  const command = {
    type: 'external.progress',
    id: agent,
    delivery,
    percent: progress,
    ...(message ? { note: message } : {}),
  } as const
  return ask(frame, command, state, { data: () => ({ taskId, progress }) })
}

/** It says how it is. */
export const agentStatusReport = (frame: Frame, status: string, message: string | undefined, state: State): Heard => {
  if (state.clientType !== 'agent') throw new TroupeError('FORBIDDEN', 'Only a client of type agent reports a status.')
  const id = agentId(state)
  const activity = message === undefined ? status : `${status}: ${message}`
  return ask(frame, { type: 'external.activity', id, activity: activity.slice(0, 10_000) }, state, {
    data: () => ({ agentId: id, status }),
  })
}

/** It lives; nobody else's heartbeat means anything but that the connection does. */
export const heartbeat = (state: State): Heard =>
  state.clientType === 'agent' ? report({ type: 'external.heartbeat', id: agentId(state) }, state) : []
