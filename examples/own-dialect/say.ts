/** Lantern's frames out: what came of a request, what happens, and what becomes of the connection. */
import type { Envelope, Failure } from 'troupe'
import type { Answer, Request, SessionEvent } from 'troupe/bridge'
import type { Lamp } from './lamp.js'
import type { Outbound } from './words.js'

/** The agents that there are, as far as the client may read of them. */
export const lampsOf = ({ context }: Lamp) => context.view.agents().map(({ id, state, busy }) => ({ agent: id, state, busy }))

/** An error, whether it answers a request or not. */
export const refused = ({ code, message }: Failure, ref: string | undefined): Outbound => ({
  tell: 'refused',
  ...(ref === undefined ? {} : { ref }),
  code,
  why: message,
})

/** How a request ended. That it was accepted and takes time is not told. */
export const answer = ({ id: ref, command }: Request, given: Answer, { refs }: Lamp): readonly Outbound[] => {
  switch (given.receipt) {
    case 'accepted':
      return []
    case 'rejected':
      if (command.type === 'task.create' && command.id !== undefined) refs.delete(command.id)
      return [refused(given.error, ref)]
    case 'applied':
      return [command.type === 'session.ping' ? { tell: 'beat', ref } : { tell: 'done', ref }]
  }
}

const over = new Set(['completed', 'failed', 'cancelled'])

/** What happens, to whoever of its clients may read it; what there is no word for is not said. */
export const say = ({ event }: Envelope, { refs }: Lamp, skipped = 0): readonly Outbound[] => {
  switch (event.type) {
    case 'agent.status':
      return [{ tell: 'lamp', agent: event.id, state: event.state, busy: event.busy }]
    case 'task.output': {
      const ref = refs.get(event.id)
      const { agent, data: text } = event
      return [{ tell: 'printed', ...(ref ? { ref } : {}), agent, text, ...(skipped > 0 ? { missing: skipped } : {}) }]
    }
    case 'task.status': {
      const { id: task, state } = event
      const ref = refs.get(task)
      if (!over.has(state)) return []
      refs.delete(task)
      return [{ tell: 'ended', ...(ref ? { ref } : {}), task, state }]
    }
    default:
      return []
  }
}

/** News of the connection itself. `request`: the one that entered. */
export const tell = (event: SessionEvent, lamp: Lamp, request?: Request): readonly Outbound[] => {
  switch (event.type) {
    case 'session.welcome':
      return [{ tell: 'inside', ...(request ? { ref: request.id } : {}), who: event.client, lamps: lampsOf(lamp) }]
    case 'session.ping':
      return [{ tell: 'beat' }]
    case 'session.error':
      return [refused(event.error, undefined)]
    case 'session.draining':
      return [{ tell: 'dark', why: event.reason, back: event.reconnectAfter }]
    case 'session.dropped':
      return [{ tell: 'note', text: `${event.count} pieces of ${event.topic} were left out; read faster.` }]
    case 'session.notice':
      return [{ tell: 'note', text: event.text }]
    case 'session.expiring':
      return [{ tell: 'note', text: `The token ends in ${event.expires - lamp.context.now()} ms; enter anew with another.` }]
    // It goes on with no session, works as no agent, and counts nothing.
    default:
      return []
  }
}
