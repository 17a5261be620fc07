/** The kinds of actors that Troupe ships. */
export { type AgentOptions, agent, type Handlers, type LogicAgentOptions } from './agent/define.js'
export type { Scope } from './agent/scope.js'
export type { ShellPolicy } from './shell/policy.js'
export { type ShellOptions, type ShellResult, shell, shellAgent } from './shell/shell.js'
export { swarm } from './swarm/define.js'
export { approval, graph, task } from './task/define.js'
