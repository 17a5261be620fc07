/** What a command acts on, all of it: giving an agent work, or enlisting it, acts on the agent as well. */
import type { Command } from '../../src/protocol/command.js'

/** Whoever is given work is an agent or a swarm. */
const receiver = (id: string | undefined): readonly string[] => (id === undefined ? [] : [`agent.${id}`, `swarm.${id}`])

const besides = (command: Command): readonly string[] => {
  switch (command.type) {
    case 'task.create':
    case 'task.approval':
    case 'swarm.hand-over':
      return receiver(command.to)
    case 'task.graph':
      return Object.values(command.tasks).flatMap(({ to }) => receiver(to))
    case 'swarm.create':
      return (command.members ?? []).flatMap(({ id }) => receiver(id))
    case 'swarm.join':
    case 'swarm.leave':
      return receiver(command.agent)
    case 'swarm.send':
      return receiver(command.to)
    default:
      return []
  }
}

/** `on`: what its own right is asked for, where that has a name. */
export const placesOf = (command: Command, on: string | undefined): readonly string[] => [
  ...(on === undefined ? [] : [on]),
  ...besides(command),
]
