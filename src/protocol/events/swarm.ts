/** What may happen to swarms. Topic: `swarm.<id>.<what>`. */
import { z } from 'zod'
import { swarmState, topology } from '../states.js'
import { count, id, label, milliseconds, percent, text, timestamp } from '../words.js'
import { event } from './event-shape.js'

export const swarmEvents = {
  'swarm.created': event('swarm.created', {
    id,
    name: label,
    goal: text,
    topology,
    /** When its tasks have to be over. */
    deadline: timestamp.optional(),
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
  /** Who coordinates; `agent` absent: nobody for now. `ballot`: the one that decided. */
  'swarm.coordinator': event('swarm.coordinator', { id, agent: id.optional(), reason: text, ballot: id.optional() }),
  /** What is said about it has changed; `metadata` is added to what there was. */
  'swarm.updated': event('swarm.updated', {
    id,
    name: label.optional(),
    goal: text.optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
  }),
  /** Messages between members go along other edges; `wiring` is what the topology is for so many members, `from` the topology before. */
  'swarm.rewired': event('swarm.rewired', { id, topology, wiring: topology, from: topology, reason: text }),
  /** A task went from one member to another. */
  'swarm.handed-over': event('swarm.handed-over', { id, task: id, from: id, to: id, reason: text }),
  /** 100 when all members run, less for each that does not and 10 for each crash of the last minute. */
  'swarm.health': event('swarm.health', { id, health: percent }),
  'swarm.progress': event('swarm.progress', {
    id,
    progress: percent,
    completed: count,
    total: count,
    remaining: milliseconds.optional(),
  }),
  /** A message between members went over one edge of the topology. */
  'swarm.hop': event('swarm.hop', { id, message: id, from: id, to: id, hop: count, hops: count }),
  /** A line for who wants to read what happened; `agent` and `task`: what it is about. */
  'swarm.log': event('swarm.log', {
    id,
    level: z.enum(['info', 'warn', 'error']),
    text,
    agent: id.optional(),
    task: id.optional(),
  }),
} as const
