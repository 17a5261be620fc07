/** The kinds of actors that Troupe ships. */
export { agent } from './agent/define.js'
export type { AgentOptions, Handlers } from './agent/define.js'
export type { Scope } from './agent/scope.js'
export { swarm } from './swarm/define.js'
export { task } from './task/define.js'
