/** What is told about the connection itself, as far as AgentCraft's protocol has words for it. */
import type { SessionEvent } from '../../../src/protocol/session.js'
import type { Memory } from './memory.js'
import { seconds } from './picture.js'
import { activeSessions } from './say.js'
import type { Outbound } from './words.js'

/** Anything that went wrong; a longer sentence is cut. */
export const error = (message: string, memory: Memory): Outbound => ({
  type: 'error',
  message: message.slice(0, 1_000),
  timestamp: seconds(memory.context.now()),
})

export const tell = (event: SessionEvent, memory: Memory): readonly Outbound[] => {
  const { now } = memory.context
  switch (event.type) {
    case 'session.welcome':
      memory.begin()
      return [activeSessions(memory, now())]
    case 'session.ping':
      return [{ type: 'ping', timestamp: seconds(now()) }]
    case 'session.error':
      return [error(event.error.message, memory)]
    case 'session.dropped': {
      const { count, topic } = event
      const why = event.reason === 'expired' ? 'they had no time left' : 'the client reads too slowly'
      return [error(`${count} messages about ${topic} were left out, since ${why}; ask for the session’s state anew.`, memory)]
    }
    // It resumes nothing and marks nothing, works as no agent, and has no farewell and no notices: 1012 says that the server goes away.
    case 'session.mark':
    case 'session.gap':
    case 'session.expiring':
    case 'session.draining':
    case 'session.deliver':
    case 'session.delivery':
    case 'session.dismissed':
    case 'session.notice':
      return []
  }
}
