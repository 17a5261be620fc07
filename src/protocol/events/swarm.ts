/** What may happen to swarms. Topic: `swarm.<id>.<what>`. */
import { z } from 'zod'
import { swarmState, topology } from '../states.js'
import { count, id, label, milliseconds, percent, text } from '../words.js'
import { event } from './event-shape.js'

export const swarmEvents = {
  'swarm.created': event('swarm.created', {
    id,
    name: label,
    goal: text,
    topology,
    metadata: z.record(z.string(), z.unknown()).optional(),
  }),
  'swarm.status': event('swarm.status', {
    id,
    state: swarmState,
    phase: label,
    from: swarmState.optional(),
    reason: text.optional(),
  }),
  'swarm.member': event('swarm.member', {
    id,
    agent: id,
    change: z.enum(['joined', 'left']),
    role: label.optional(),
    reason: text.optional(),
  }),
  'swarm.coordinator': event('swarm.coordinator', { id, agent: id.optional(), reason: text }),
  'swarm.progress': event('swarm.progress', {
    id,
    progress: percent,
    completed: count,
    total: count,
    remaining: milliseconds.optional(),
  }),
  /** A message between members went over one edge of the topology. */
  'swarm.hop': event('swarm.hop', { id, message: id, from: id, to: id, hop: count, hops: count }),
  'swarm.log': event('swarm.log', { id, level: z.enum(['info', 'warn', 'error']), text }),
} as const
