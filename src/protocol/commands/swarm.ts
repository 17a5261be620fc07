/** What may be asked of swarms. */
import { z } from 'zod'
import { topology } from '../states.js'
import { agentMessage, grace, id, label, metadata, milliseconds, priority, text } from '../words.js'
import { command } from './command-shape.js'

export const swarmCommands = {
  'swarm.create': command('swarm.create', {
    id: id.optional(),
    name: label.optional(),
    goal: text,
    topology: topology.optional(),
    deadline: milliseconds.optional(),
    members: z
      .array(z.object({ id, role: label.optional() }))
      .max(10_000)
      .optional(),
    metadata,
  }),
  'swarm.join': command('swarm.join', { id, agent: id, role: label.optional() }),
  'swarm.leave': command('swarm.leave', { id, agent: id, reason: text.optional() }),
  'swarm.send': command('swarm.send', {
    id,
    from: id,
    to: id,
    message: agentMessage,
    priority: priority.optional(),
    ttl: milliseconds.optional(),
  }),
  /** Other words about it; `metadata` is added to what there is. */
  'swarm.update': command('swarm.update', { id, name: label.optional(), goal: text.optional(), metadata }),
  'swarm.rewire': command('swarm.rewire', { id, topology, reason: text.optional() }),
  /** `to` absent: the best of the other members. */
  'swarm.hand-over': command('swarm.hand-over', { id, task: id, to: id.optional(), reason: text }),
  'swarm.pause': command('swarm.pause', { id }),
  'swarm.resume': command('swarm.resume', { id }),
  'swarm.dissolve': command('swarm.dissolve', { id, grace, reason: text.optional() }),
  /** Answers when every task of the swarm is final. */
  'swarm.result': command('swarm.result', { id }),
} as const
