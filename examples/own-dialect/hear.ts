/** Lantern's frames in: what a client wants done, in the words of Troupe. */
import { TroupeError } from 'troupe'
import { type PlainFrame, type Request, type Saying, textMessage } from 'troupe/bridge'
import type { Lamp } from './lamp.js'
import { lampsOf } from './say.js'
import { type Inbound, inbound } from './words.js'

/** Throws `INVALID_MESSAGE` with what was expected and what is wrong. */
const read = (frame: PlainFrame): Inbound => {
  const { data, error } = inbound.safeParse(frame)
  if (data) return data
  const [issue] = error.issues
  const wrong = issue ? `${issue.path.join('.') || 'it'}: ${issue.message}` : 'it is something else'
  throw new TroupeError('INVALID_MESSAGE', `A frame says what to do (enter, list, run, beat, leave) and has a ref; ${wrong}.`)
}

const run = ({ ref, agent: wanted, line }: Extract<Inbound, { do: 'run' }>, { context, refs }: Lamp): Request => {
  const agent = context.view.agentNamed(wanted)
  if (!agent) throw new TroupeError('NOT_FOUND', `There is no agent ${wanted}; list tells which there are.`)
  const message = textMessage(agent, line)
  // Named here, so that what comes of it is known before anything does.
  const id = context.nextId()
  refs.set(id, ref)
  return { id: ref, command: { type: 'task.create', id, to: agent.id, message }, cause: { correlationId: ref } }
}

/** Each word becomes a command, a word about the connection, or an answer at once from what is in view. */
export const hear = (frame: PlainFrame, lamp: Lamp): readonly (Request | Saying)[] => {
  const asked = read(frame)
  const { ref } = asked
  switch (asked.do) {
    case 'enter':
      return [{ id: ref, command: { type: 'session.hello', token: asked.token } }]
    case 'list':
      return [{ say: [{ tell: 'lamps', ref, lamps: lampsOf(lamp) }] }]
    case 'run':
      return [run(asked, lamp)]
    case 'beat':
      return [{ id: ref, command: { type: 'session.ping' } }]
    case 'leave':
      return [{ id: ref, command: { type: 'session.close' } }]
  }
}
