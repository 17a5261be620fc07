/** What an Onsembl dashboard is told about its connection. */
import type { SessionEvent, SessionEventOf } from '../../../src/protocol/session.js'
import type { PlainFrame, Request } from '../../dialect.js'
import { errorFrame } from './errors.js'
import { agentList, agentNow, commandQueue, greeting } from './say-agents.js'
import { commandNow } from './say-commands.js'
import type { State } from './state.js'

export const tell = (event: SessionEvent, state: State, request?: Request): readonly PlainFrame[] => {
  switch (event.type) {
    case 'session.welcome':
      state.welcome = true
      if (request) state.waiting.delete(request.id)
      return greeting(state)
    case 'session.expiring':
      return [expiring(event, state)]
    case 'session.error':
      return [errorFrame(event.error, state)]
    case 'session.dropped':
      return again(event, state)
    default:
      // The protocol has no words for the rest: a server that goes away closes with 1012, and a client that is dead is not asked.
      return []
  }
}

const expiring = ({ expires }: SessionEventOf<'session.expiring'>, state: State): PlainFrame => {
  const left = Math.max(0, expires - state.context.now())
  return state.frame('error', {
    code: 'TOKEN_EXPIRING',
    message: `The token ends in ${Math.ceil(left / 1_000)} s; send token:refresh with a new one.`,
    details: { expiresAt: expires, expiresIn: left },
    recoverable: true,
  })
}

/** News that a slow client missed is told as it is now. Of output the hole in its sequence tells. */
const again = ({ topic }: SessionEventOf<'session.dropped'>, state: State): readonly PlainFrame[] => {
  const [domain, id = '', what] = topic.split('.')
  if (domain === 'task') return what === 'output' ? [] : commandNow(id, state)
  if (domain !== 'agent') return []
  if (what === 'queue') return commandQueue(id, state)
  return [agentList(state), ...agentNow(id, state)]
}
