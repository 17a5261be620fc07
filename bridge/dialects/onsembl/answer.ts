/** How an Onsembl dashboard is answered: what succeeded is told by its events, to everybody alike. */
import type { Answer, PlainFrame, Request } from '../../dialect.js'
import { errorFrame } from './errors.js'
import { acknowledgement, greeting } from './say-agents.js'
import type { State } from './state.js'
import { codeOf } from './states.js'

export const answer = (request: Request, given: Answer, state: State): readonly PlainFrame[] => {
  if (given.receipt === 'accepted') return []
  const asked = state.waiting.get(request.id)
  state.waiting.delete(request.id)
  const { word, sequence = 0, agentId, commandId } = asked ?? {}
  if (given.receipt === 'rejected') {
    const { error } = given
    // That a command is not there, or is over, says nothing of an agent.
    if (word === 'command:interrupt')
      return [errorFrame(error, state, { commandId }, codeOf(error.code) === 'AGENT_OFFLINE' ? 'INVALID_MESSAGE' : undefined)]
    if (word !== 'command:request') return [errorFrame(error, state)]
    state.over(commandId ?? '')
    // It was there when it was looked for, so it has gone meanwhile.
    return [errorFrame(error, state, { agentId }, error.code === 'NOT_FOUND' ? 'AGENT_OFFLINE' : undefined)]
  }
  switch (word) {
    case 'heartbeat':
      return [state.frame('heartbeat', { sequence })]
    case 'dashboard:connect':
      return greeting(state)
    case 'token:refresh':
      return [acknowledgement(state)]
    case 'command:request':
      return heardOf(commandId ?? '', agentId ?? '', state)
    case 'command:interrupt':
    case undefined:
      return []
  }
}

/** Whoever may give commands and hear of none is told at least that this one was taken. */
const heardOf = (commandId: string, agentId: string, state: State): readonly PlainFrame[] => {
  if (state.context.view.mayRead(`task.${commandId}.status`)) return []
  state.over(commandId)
  return [state.frame('command:status', { commandId, agentId, status: 'queued' })]
}
