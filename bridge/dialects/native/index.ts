/** The native protocol, `troupe.v1`: dialect zero. */
import type { Failure } from '../../../src/errors.js'
import type { Envelope } from '../../../src/protocol/envelope.js'
import { subprotocols } from '../../../src/protocol/subprotocol.js'
import type { Answer, Dialect, OpenContext, PlainFrame, Request } from '../../dialect.js'
import { hear } from './hear.js'

type State = OpenContext

const about = (state: State, type: string, payload: object, correlationId?: string): PlainFrame => ({
  id: state.nextId(),
  type,
  timestamp: state.now(),
  source: 'system',
  ...(correlationId === undefined ? {} : { correlationId }),
  priority: 'normal',
  payload,
})

const answer = (request: Request, given: Answer, state: State): readonly PlainFrame[] => {
  switch (given.receipt) {
    case 'accepted':
      return [about(state, 'accepted', {}, request.id)]
    case 'rejected':
      return [about(state, 'error', capped(given.error), request.id)]
    case 'applied':
      // A ping is answered in its own word, and everything else in one.
      return [about(state, request.command.type === 'session.ping' ? 'pong' : 'reply', given.value, request.id)]
  }
}

const capped = (failure: Failure): Failure => ({ ...failure, message: failure.message.slice(0, 1_000) })

/** The same for all who are sent it: nothing in it depends on the connection. */
const say = (envelope: Envelope): readonly PlainFrame[] => [frameOf(envelope)]

const frameOf = (envelope: Envelope): PlainFrame => {
  const { id, topic, seq, epoch, offset, timestamp, source, priority, ttl, cause, tenant, signature, event } = envelope
  const { type, ...payload } = event
  const { correlationId, ...causes } = cause ?? {}
  const metadata = { ...causes, ...(tenant === undefined ? {} : { tenant }) }
  const caused = Object.keys(metadata).length > 0
  return {
    id,
    type,
    timestamp,
    source,
    channel: topic,
    seq,
    epoch,
    offset,
    ...(correlationId === undefined ? {} : { correlationId }),
    priority,
    ...(ttl === undefined ? {} : { ttl }),
    payload,
    ...(caused ? { metadata } : {}),
    ...(signature === undefined ? {} : { signature }),
  }
}

/** Troupe's own protocol, in JSON and in MessagePack; PROTOCOL.md is its contract. */
export const native: Dialect<State> = {
  name: 'native',
  subprotocols: { [subprotocols.json]: 'json', [subprotocols.msgpack]: 'msgpack' },
  paths: ['/native'],
  open: (context) => context,
  greet: () => [],
  hear,
  answer,
  refuse: (failure, id, state) => [about(state, 'error', capped(failure), id)],
  say,
  shared: () => true,
  demand: (envelope, redelivered) => [{ ...frameOf(envelope), redelivered }],
  tell(event, state, request) {
    const { type, ...payload } = event
    if (event.type === 'session.error') return [about(state, 'error', capped(event.error))]
    return [about(state, type.replace('session.', ''), payload, request?.id)]
  },
}
