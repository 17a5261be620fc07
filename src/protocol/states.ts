/** The words for where an actor is in its life. They are the contract: dashboards see exactly these. */
import { z } from 'zod'

/** An agent. `running` is further told apart by `busy`: a task or an asynchronous handler is in flight. */
export const agentState = z.enum(['spawning', 'running', 'paused', 'crashed', 'stopping', 'stopped'])
/** A task. `queued` is further told apart by `blocked`: it waits for a task that it needs. */
export const taskState = z.enum(['queued', 'assigned', 'running', 'paused', 'crashed', 'completed', 'failed', 'cancelled'])
/** A swarm. */
export const swarmState = z.enum(['forming', 'running', 'paused', 'crashed', 'dissolving', 'dissolved'])
/** A ballot. */
export const ballotState = z.enum(['open', 'closed'])
/** How the members of a swarm are connected. */
export const topology = z.enum(['mesh', 'star', 'ring', 'hierarchical', 'hierarchical-mesh', 'adaptive'])

export type AgentState = z.infer<typeof agentState>
export type TaskState = z.infer<typeof taskState>
export type SwarmState = z.infer<typeof swarmState>
export type BallotState = z.infer<typeof ballotState>
export type Topology = z.infer<typeof topology>

export const clientState = z.enum(['connected', 'away', 'gone'])
export type ClientState = z.infer<typeof clientState>
