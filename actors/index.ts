/** The kinds of actors that Troupe ships. */
export { type AgentOptions, agent, type Handlers, type LogicAgentOptions } from './agent/define.js'
export type { Scope } from './agent/scope.js'
export type { ShellPolicy } from './shell/policy.js'
export type { ShellOptions, ShellResult } from './shell/run.js'
export { shell, shellAgent } from './shell/shell.js'
export { endLeftovers, type Leftover } from './shell/sweep.js'
export { swarm } from './swarm/define.js'
export { approval, graph, task } from './task/define.js'
