/** How much waits for the agents of a system. */
import type { AnyActor } from './actor.js'

/** What waits with all agents together, and with the one with whom most does. */
interface Depth {
  readonly sum: number
  readonly max: number
}

/** Messages in mailboxes, and tasks in queues. */
export interface Depths {
  readonly messages: Depth
  readonly tasks: Depth
}

/** Looks at every agent: for who asks now and then. */
export const depthsOf = (actors: Iterable<AnyActor>): Depths => {
  const messages = { sum: 0, max: 0 }
  const tasks = { sum: 0, max: 0 }
  const add = (depth: { sum: number; max: number }, waiting: number) => {
    depth.sum += waiting
    depth.max = Math.max(depth.max, waiting)
  }
  for (const actor of actors) {
    if (actor.kind !== 'agent') continue
    add(messages, actor.mailbox.size)
    add(tasks, actor.queue.length)
  }
  return { messages, tasks }
}
