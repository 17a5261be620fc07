/** What the events of claude-flow carry, by topic: one schema each, in both directions. */
import { z } from 'zod'

const timestamp = z.number().nonnegative()
const id = z.string()
const metadata = z.record(z.string(), z.unknown())
const text = z.string()

const agentStatus = z.enum(['idle', 'busy', 'error', 'offline'])
export type AgentStatus = z.infer<typeof agentStatus>
const taskStatus = z.enum(['pending', 'in-progress', 'completed', 'failed', 'cancelled'])
export type TaskStatus = z.infer<typeof taskStatus>
const topology = z.enum(['hierarchical', 'mesh', 'hierarchical-mesh', 'adaptive'])
export type SwarmTopology = z.infer<typeof topology>

const agentStatusEvent = z.object({ agentId: id, status: agentStatus, timestamp, metadata: metadata.optional() })
export type AgentStatusEvent = z.infer<typeof agentStatusEvent>

/** `cpu`: percent of one core. `memory`: MB of 1,048,576 bytes. `uptime`: ms. `errorCount`: tasks that failed, and restarts. */
const agentHealthEvent = z.object({
  agentId: id,
  healthy: z.boolean(),
  metrics: z.object({
    cpu: z.number().optional(),
    memory: z.number().optional(),
    uptime: z.number().optional(),
    tasksCompleted: z.number().optional(),
    errorCount: z.number().optional(),
  }),
  timestamp,
})
export type AgentHealthEvent = z.infer<typeof agentHealthEvent>

/**
 * `responseTime`: ms that a completed task took on average. `throughput`: tasks completed in a minute. `errorRate`: the share of tasks that
 * failed, 0 to 1. `queueSize`: tasks that wait. `activeConnections`: tasks in hand.
 */
const agentMetricsEvent = z.object({
  agentId: id,
  metrics: z.object({
    responseTime: z.number().optional(),
    throughput: z.number().optional(),
    errorRate: z.number().optional(),
    queueSize: z.number().optional(),
    activeConnections: z.number().optional(),
  }),
  timestamp,
})
export type AgentMetricsEvent = z.infer<typeof agentMetricsEvent>

const agentLogEvent = z.object({
  agentId: id,
  level: z.enum(['debug', 'info', 'warn', 'error']),
  message: text,
  context: metadata.optional(),
  timestamp,
})
export type AgentLogEvent = z.infer<typeof agentLogEvent>

const wrong = { message: text, code: text.optional(), stack: text.optional() }

const taskProgressEvent = z.object({
  taskId: id,
  progress: z.number().min(0).max(100),
  status: taskStatus,
  message: text.optional(),
  timestamp,
})
export type TaskProgressEvent = z.infer<typeof taskProgressEvent>

/** `duration`: ms since it was begun. */
const taskCompletedEvent = z.object({
  taskId: id,
  status: z.enum(['completed', 'failed', 'cancelled']),
  result: z.unknown().optional(),
  error: z.object(wrong).optional(),
  duration: z.number().nonnegative().optional(),
  timestamp,
})
export type TaskCompletedEvent = z.infer<typeof taskCompletedEvent>

/** `type`: that of its message. `priority`: 0 (low) to 3 (critical). */
const taskCreatedEvent = z.object({
  taskId: id,
  agentId: id.optional(),
  type: text,
  priority: z.number().optional(),
  metadata: metadata.optional(),
  timestamp,
})
export type TaskCreatedEvent = z.infer<typeof taskCreatedEvent>

const taskAssignedEvent = z.object({ taskId: id, agentId: id, timestamp })
export type TaskAssignedEvent = z.infer<typeof taskAssignedEvent>

const taskErrorEvent = z.object({
  taskId: id,
  error: z.object({ ...wrong, recoverable: z.boolean().optional() }),
  timestamp,
})
export type TaskErrorEvent = z.infer<typeof taskErrorEvent>

const topologyChangeEvent = z.object({
  swarmId: id,
  oldTopology: topology,
  newTopology: topology,
  reason: text.optional(),
  timestamp,
})
export type TopologyChangeEvent = z.infer<typeof topologyChangeEvent>

const agentJoinedEvent = z.object({ swarmId: id, agentId: id, role: text.optional(), timestamp })
export type AgentJoinedEvent = z.infer<typeof agentJoinedEvent>

const agentLeftEvent = z.object({ swarmId: id, agentId: id, reason: text.optional(), timestamp })
export type AgentLeftEvent = z.infer<typeof agentLeftEvent>

const consensusEvent = z.object({
  swarmId: id,
  proposalId: id,
  type: z.enum(['proposed', 'voting', 'accepted', 'rejected']),
  proposal: z.unknown().optional(),
  votes: z
    .array(z.object({ agentId: id, vote: z.enum(['yes', 'no', 'abstain']) }))
    .max(10_000)
    .optional(),
  result: z.object({ accepted: z.boolean(), votesFor: z.number(), votesAgainst: z.number(), abstentions: z.number() }).optional(),
  timestamp,
})
export type ConsensusEvent = z.infer<typeof consensusEvent>

/** `selectedOption` is empty where no option won. */
const collectiveDecisionEvent = z.object({
  swarmId: id,
  decisionId: id,
  question: text,
  options: z.array(text),
  votes: z.array(z.object({ agentId: id, option: text, confidence: z.number().min(0).max(1).optional() })).max(10_000),
  result: z.object({ selectedOption: text, confidence: z.number() }).optional(),
  timestamp,
})
export type CollectiveDecisionEvent = z.infer<typeof collectiveDecisionEvent>

const swarmStateEvent = z.object({
  swarmId: id,
  state: z.object({
    topology,
    agentCount: z.number(),
    activeAgents: z.number(),
    queueSize: z.number(),
    healthScore: z.number().min(0).max(100),
  }),
  timestamp,
})
export type SwarmStateEvent = z.infer<typeof swarmStateEvent>

const coordinationEvent = z.object({
  swarmId: id,
  type: z.enum(['task-assignment', 'resource-allocation', 'priority-change', 'workload-balance']),
  data: z.unknown(),
  timestamp,
})
export type CoordinationEvent = z.infer<typeof coordinationEvent>

/** By the topic without its id. */
export const eventData = {
  'agent.status': agentStatusEvent,
  'agent.health': agentHealthEvent,
  'agent.metrics': agentMetricsEvent,
  'agent.logs': agentLogEvent,
  'task.created': taskCreatedEvent,
  'task.assigned': taskAssignedEvent,
  'task.progress': taskProgressEvent,
  'task.completed': taskCompletedEvent,
  'task.error': taskErrorEvent,
  'swarm.topology': topologyChangeEvent,
  'swarm.agent-joined': agentJoinedEvent,
  'swarm.agent-left': agentLeftEvent,
  'swarm.consensus': consensusEvent,
  'swarm.decision': collectiveDecisionEvent,
  'swarm.state': swarmStateEvent,
  'swarm.coordination': coordinationEvent,
} as const

export type Kind = keyof typeof eventData
export type DataOf<K extends Kind> = z.infer<(typeof eventData)[K]>

/** A ballot as a client puts it or votes in it: who publishes a vote says no more than that. */
export const consensusWord = consensusEvent.omit({ swarmId: true, timestamp: true })
export const decisionWord = z.object({
  decisionId: id,
  question: text.max(10_000).optional(),
  options: z.array(text.max(256)).min(1).max(100).optional(),
  votes: collectiveDecisionEvent.shape.votes.optional(),
  result: z.unknown().optional(),
})
export type DecisionWord = z.infer<typeof decisionWord>
export type ConsensusWord = z.infer<typeof consensusWord>
