/** Everything that may happen. Each event is one zod schema; the union is inferred from them. */
import { z } from 'zod'
import { agentEvents } from './events/agent.js'
import { ballotEvents } from './events/ballot.js'
import { clientEvents } from './events/client.js'
import { event } from './events/event-shape.js'
import { swarmEvents } from './events/swarm.js'
import { systemEvents } from './events/system.js'
import { taskEvents } from './events/task.js'

export const events = {
  ...agentEvents,
  ...taskEvents,
  ...swarmEvents,
  ...ballotEvents,
  ...clientEvents,
  ...systemEvents,

  /** A message that somebody published on a channel. Topic: whatever it was published on. */
  /** `metadata`: what its sender said beside it. */
  message: event('message', { from: z.string(), body: z.unknown(), metadata: z.record(z.string(), z.unknown()).optional() }),
} as const

type Schemas = typeof events
/** The name of an event. */
export type EventType = keyof Schemas
/** The event of that name. */
export type EventOf<T extends EventType> = z.infer<Schemas[T]>
/** Everything that may happen. */
export type Event = { [T in EventType]: EventOf<T> }[EventType]
/** The events of one domain. */
export type EventAbout<D extends string> = Extract<Event, { readonly type: `${D}.${string}` }>
