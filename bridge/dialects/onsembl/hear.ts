/** What an Onsembl dashboard says, in the runtime's words. */
import type { z } from 'zod'
import { TroupeError } from '../../../src/errors.js'
import type { Command } from '../../../src/protocol/command.js'
import { fitted } from '../../../src/protocol/fitted.js'
import type { SessionCommand } from '../../../src/protocol/session.js'
import type { AgentView } from '../../../src/protocol/view.js'
import { type PlainFrame, type Request, type Saying, textMessage } from '../../dialect.js'
import { greeting } from './say-agents.js'
import type { State } from './state.js'
import { type Asked, type InWord, inbound, outbound, version } from './words.js'

type Heard = readonly (Request | Saying)[]

const isWord = (type: string): type is InWord => Object.hasOwn(inbound, type)

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

const wrong = (type: string, error: z.ZodError): TroupeError => {
  const [issue] = error.issues
  const where = issue?.path.length ? ` at ${issue.path.join('.')}` : ''
  const why = issue?.message ?? 'its shape is another'
  return new TroupeError('INVALID_MESSAGE', `${type} does not fit${where}: ${why}.`.slice(0, 500))
}

/** Throws `UNSUPPORTED_VERSION`, `AUTH_REQUIRED` or `INVALID_MESSAGE`, and `NOT_RUNNING` or `NO_HANDLER` for an agent that takes no commands. */
export const hear = (frame: PlainFrame, state: State): Heard => {
  const { type } = frame
  if (frame['version'] !== undefined && frame['version'] !== version)
    throw new TroupeError(
      'UNSUPPORTED_VERSION',
      `Version ${shown(frame['version'])} of the protocol is not spoken here; ${version} is.`,
    )
  if (!state.welcome && type !== 'dashboard:connect')
    throw new TroupeError('AUTH_REQUIRED', 'A token is needed first: in the address as token, or in dashboard:connect.')
  if (typeof type !== 'string')
    throw new TroupeError('INVALID_MESSAGE', `A message needs a type, such as command:request; got ${shown(type)}.`)
  if (!isWord(type)) {
    const known = Object.hasOwn(outbound, type) ? 'is said by the server alone' : 'is not known'
    const words = Object.keys(inbound).join(', ')
    throw new TroupeError('INVALID_MESSAGE', `The type ${shown(type)} ${known}; these may be sent: ${words}.`)
  }
  const read = fitted(inbound[type], frame)
  if (!read.success) throw wrong(type, read.error)
  return ways[type](read.data.payload as never, state)
}

const ask = (
  word: InWord,
  command: Command | SessionCommand,
  state: State,
  about: { readonly sequence?: number; readonly agentId?: string; readonly commandId?: string } = {},
): Heard => {
  const id = state.context.nextId()
  state.waiting.set(id, { word, ...about })
  return [{ id, command }]
}

/** Who is in one of these takes no more commands. */
const offline: ReadonlySet<AgentView['state']> = new Set(['crashed', 'stopping', 'stopped'])

/** Who is to do it. Throws `NOT_RUNNING`. */
const agentOf = (wanted: string, { context }: State): AgentView => {
  const agent = context.view.agentNamed(wanted)
  if (agent && !offline.has(agent.state)) return agent
  const why = agent ? `it is ${agent.state}` : 'there is none of that id'
  throw new TroupeError('NOT_RUNNING', `Agent ${wanted} is not connected: ${why}.`, { details: { agentId: wanted } })
}

const ways: { readonly [T in InWord]: (payload: Asked<T>, state: State) => Heard } = {
  'dashboard:connect'({ token, clientInfo }, state) {
    const word = 'dashboard:connect'
    if (!state.welcome) {
      const client = clientInfo.userAgent?.slice(0, 256)
      return ask(word, { type: 'session.hello', ...(token ? { token } : {}), client, metadata: clientInfo }, state)
    }
    // Let in by its address already, it may bring a newer token; where none is needed it may bring none.
    return token ? ask(word, { type: 'session.refresh', token }, state) : [{ say: greeting(state) }]
  },
  'command:request'({ agentId, command, priority, timeout }, state) {
    const agent = agentOf(agentId, state)
    const id = state.context.nextId()
    const task = {
      ...({ type: 'task.create', id, to: agent.id, title: command.slice(0, 256), priority } as const),
      message: textMessage(agent, command),
      ...(timeout === undefined ? {} : { timeout }),
    }
    state.requested.add(id)
    return ask('command:request', task, state, { agentId, commandId: id })
  },
  'command:interrupt'({ commandId, reason }, state) {
    return ask('command:interrupt', { type: 'task.cancel', id: commandId, reason }, state, { commandId })
  },
  heartbeat: ({ sequence }, state) => ask('heartbeat', { type: 'session.ping' }, state, { sequence }),
  'token:refresh': ({ token }, state) => ask('token:refresh', { type: 'session.refresh', token }, state),
}
