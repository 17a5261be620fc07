/** `swarm(…)`: how a group of agents with a goal is declared. */
import { kindsKey, type SwarmDeclaration } from '../../src/system/definition.js'
import { kinds } from '../kinds.js'

/**
 * Declares a swarm: members with roles, connected by a topology, sharing tasks.
 *
 * @example
 * const squad = system.spawn(swarm({ goal: 'ship it', topology: 'star', members: [ada, { agent: grace, role: 'coordinator' }] }))
 */
export const swarm = (declared: Omit<SwarmDeclaration, 'kind' | typeof kindsKey>): SwarmDeclaration => ({
  ...declared,
  kind: 'swarm',
  [kindsKey]: kinds,
})
