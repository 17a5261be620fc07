/** Whether a signature that travelled with something was made for it. */
import { TroupeError } from '../errors.js'
import type { Envelope } from '../protocol/envelope.js'
import type { Claims } from '../protocol/signature.js'
import { same } from './same.js'

const invalid = (why: string): TroupeError =>
  new TroupeError('SIGNATURE_INVALID', `The signature was made for something else: ${why}.`)

const need = (holds: boolean, why: string): void => {
  if (!holds) throw invalid(why)
}

/** The shape of what was signed, checked without a schema library: this runs in browsers. Throws `SIGNATURE_INVALID`. */
export const needClaims = (given: unknown): Claims => {
  const { from, id, at, type, payload } = (typeof given === 'object' && given !== null ? given : {}) as Partial<Claims>
  const words = [from, id, type].every((each) => typeof each === 'string')
  if (words && Number.isFinite(at) && typeof payload === 'object' && payload !== null && !Array.isArray(payload))
    return given as Claims
  throw invalid('it does not say who said what, and when')
}

/** The words that an event repeats, member by member. */
const repeats = ({ topic, event, source, priority, cause }: Envelope, { from, id, type, payload }: Claims): void => {
  if (event.type === 'message') {
    need(type === 'channel.publish' && payload['topic'] === topic, `it was published on ${String(payload['topic'])}`)
    need(same(payload['body'], event.body) && same(payload['metadata'], event.metadata), 'its body is another')
    need((payload['priority'] ?? 'normal') === priority, 'its priority is another')
    need(from === source && from === event.from, `${from} said it`)
  } else if (event.type === 'client.message') {
    need(payload['to'] === event.id, `it was sent to ${String(payload['to'])}`)
    need(same(payload['message'], event.message), 'the message is another')
    need(from === source && from === event.from, `${from} said it`)
  } else if (event.type === 'agent.said') {
    need(type === 'external.say' && payload['id'] === event.id, `${String(payload['id'])} said it`)
    need(same(payload['message'], event.message), 'the message is another')
  } else {
    need(from === source, `${from} said it`)
    need(id === cause?.correlationId, 'another request led to this')
    if (typeof payload['id'] === 'string' && 'id' in event) need(payload['id'] === event.id, `it is about ${payload['id']}`)
  }
}

/** Throws `SIGNATURE_INVALID` when the event says something else than what was signed, elsewhere, or in another's name. */
export const needSameEvent = (envelope: Envelope, claims: Claims): void => repeats(envelope, claims)

/** What was handed to an agent of a client. */
export interface Handed {
  readonly agent: string
  readonly message: { readonly type: string }
  readonly from: string
}

/** Throws `SIGNATURE_INVALID` when what an agent was handed is not what was signed. */
export const needSameDelivery = ({ agent, message, from }: Handed, claims: Claims): void => {
  const { payload } = claims
  const swarm = claims.type === 'swarm.send' || claims.type.startsWith('task.')
  // A swarm hands a task on to one of its members, and the parts of a graph each have a message of their own.
  const parts = Object.values((payload['tasks'] ?? {}) as Record<string, { readonly message?: unknown }>)
  need(swarm || payload['to'] === agent, `it was sent to ${String(payload['to'])}`)
  need(
    [payload, ...parts].some((each) => same((each as { message?: unknown }).message, message)),
    'the message is another',
  )
  need(claims.from === from || payload['from'] === from, `${claims.from} said it`)
}
