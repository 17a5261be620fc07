/** The channel of agents: their status, health, metrics and logs. */
import type { AgentHealthEvent, AgentLogEvent, AgentMetricsEvent, AgentStatusEvent } from '../dialects/claude-flow/data.js'
import { ChannelClient, ChannelServer, now } from './channel.js'
import type { WSClient } from './client.js'
import type { WSRouter } from './router.js'

/** Events: `status-update`, `health-update`, `metrics-update`, `log-entry`, for what is published without an id. */
export class AgentChannelServer extends ChannelServer {
  constructor(router: WSRouter) {
    super(router, 'agent', { status: 'status-update', health: 'health-update', metrics: 'metrics-update', logs: 'log-entry' })
  }

  publishStatusChange(event: AgentStatusEvent): Promise<void> {
    return this.say(event.agentId, 'status', event)
  }
  publishHealthUpdate(event: AgentHealthEvent): Promise<void> {
    return this.say(event.agentId, 'health', event)
  }
  publishMetrics(event: AgentMetricsEvent): Promise<void> {
    return this.say(event.agentId, 'metrics', event)
  }
  publishLog(event: AgentLogEvent): Promise<void> {
    return this.say(event.agentId, 'logs', event)
  }

  publishAgentStarted(agentId: string, metadata: Record<string, unknown> = {}): Promise<void> {
    return this.#status(agentId, 'idle', { ...metadata, event: 'started' })
  }
  publishAgentStopped(agentId: string, reason?: string): Promise<void> {
    return this.#status(agentId, 'offline', { event: 'stopped', ...(reason === undefined ? {} : { reason }) })
  }
  publishAgentError(agentId: string, { message, stack }: Error, context: Record<string, unknown> = {}): Promise<void> {
    return this.#status(agentId, 'error', { event: 'error', error: message, ...(stack ? { stack } : {}), ...context })
  }

  #status(agentId: string, status: AgentStatusEvent['status'], metadata: Record<string, unknown>): Promise<void> {
    return this.publishStatusChange({ agentId, status, timestamp: now(), metadata })
  }
}

/** Events, each also with `:<id>` behind it: `status-change`, `health-update`, `metrics-update`, `log-entry`. */
export class AgentChannelClient extends ChannelClient {
  constructor(client: WSClient) {
    super(client, 'agent', 'agentId', {
      status: 'status-change',
      health: 'health-update',
      metrics: 'metrics-update',
      logs: 'log-entry',
    })
  }

  subscribeToAgent(agentId: string): Promise<void> {
    return this.follow(agentId)
  }
  unsubscribeFromAgent(agentId: string): Promise<void> {
    return this.unfollow(agentId)
  }
  getSubscribedAgents(): string[] {
    return this.subscribed
  }

  reportStatus(event: AgentStatusEvent): Promise<void> {
    return this.report(event.agentId, 'status', event)
  }
  reportHealth(event: AgentHealthEvent): Promise<void> {
    return this.report(event.agentId, 'health', event)
  }
  reportMetrics(event: AgentMetricsEvent): Promise<void> {
    return this.report(event.agentId, 'metrics', event)
  }
  sendLog(event: AgentLogEvent): Promise<void> {
    return this.report(event.agentId, 'logs', event)
  }
}
