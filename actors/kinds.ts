/** How each kind of actor is started; every declaration carries it, so that the system needs to know none. */
import type { Kinds } from '../src/system/kinds.js'
import { Agent } from './agent/agent.js'
import { externalDefinition } from './external/definition.js'
import { Swarm } from './swarm/swarm.js'
import { Task } from './task/task.js'

export const kinds: Kinds = {
  agent: (host, definition, options, past) => new Agent(host, definition, options, past),
  task: (host, declaration, cause, from, past) => new Task(host, declaration, cause, from, { past }),
  swarm: (host, declaration, _cause, past) => new Swarm(host, declaration, past),
  external: (declaration, courier, source) => externalDefinition(declaration, courier, source, kinds),
}
