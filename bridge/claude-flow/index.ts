/** The programming interface of `@claude-flow/realtime`, on a bridge of Troupe. */
export type {
  AgentHealthEvent,
  AgentJoinedEvent,
  AgentLeftEvent,
  AgentLogEvent,
  AgentMetricsEvent,
  AgentStatus,
  AgentStatusEvent,
  CollectiveDecisionEvent,
  ConsensusEvent,
  CoordinationEvent,
  SwarmStateEvent,
  SwarmTopology,
  TaskAssignedEvent,
  TaskCompletedEvent,
  TaskCreatedEvent,
  TaskErrorEvent,
  TaskProgressEvent,
  TaskStatus,
  TopologyChangeEvent,
} from '../dialects/claude-flow/data.js'
export { type ErrorCode, ErrorCodes, type MessageType, PROTOCOL_VERSION } from '../dialects/claude-flow/words.js'
export { AgentChannelClient, AgentChannelServer } from './agent-channel.js'
export { WSClient } from './client.js'
export type { WSClientOptions } from './client-options.js'
export type { ClientConnection } from './clients.js'
export {
  type AckMessage,
  type AuthMessage,
  type BaseMessage,
  type ErrorMessage,
  type EventMessage,
  type Message,
  MessageSerializer,
  MessageValidator,
  type PingMessage,
  type PongMessage,
  type PublishMessage,
  type SubscribeMessage,
  type UnsubscribeMessage,
  type VersionNegotiationMessage,
  VersionNegotiator,
} from './messages.js'
export type { PendingMessage } from './pending.js'
export { type RouteConfig, type RouterOptions, type TopicSubscription, WSRouter } from './router.js'
export { type Grant, WSServer, type WSServerOptions } from './server.js'
export { SwarmChannelClient, SwarmChannelServer } from './swarm-channel.js'
export { TaskChannelClient, TaskChannelServer } from './task-channel.js'
