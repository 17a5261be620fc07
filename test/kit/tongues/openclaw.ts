/** OpenClaw's protocol, every message type and the actions of requests. */
import fc from 'fast-check'
import { z } from 'zod'
import { inbound, openclaw, outbound } from '../../../bridge/dialects/openclaw/index.js'
import { payloads } from '../../../bridge/dialects/openclaw/words.js'
import type { Dialect } from '../../../bridge/index.js'
import { messagesOf } from '../arbitrary.js'
import { pools } from '../turmoil.js'
import { counted, fits, once, type Shape, type Tongue, typed } from './tongue.js'

const { anything } = payloads
const openclawWords: Readonly<Record<string, z.ZodType>> = {
  ...{ ping: anything, pong: anything, agent_heartbeat: anything, broadcast: anything, response: anything, error: anything },
  ...{ agent_spawn: payloads.agentSpawn, agent_terminate: payloads.agentTerminate, agent_status: payloads.agentStatus },
  ...{ task_create: payloads.taskCreate, task_update: payloads.taskUpdate, task_delete: payloads.taskId },
  ...{ task_assign: payloads.taskAssign, task_status_change: payloads.taskStatus, retry: payloads.taskId },
  ...{ project_create: payloads.projectCreate, project_update: payloads.projectUpdate },
  ...{ project_status_change: payloads.projectUpdate, progress_update: payloads.progress, auth: payloads.auth },
  ...{ notification: payloads.notification, system_alert: payloads.alert, agent_message: payloads.message },
  ...{
    subscribe: payloads.channels,
    unsubscribe: payloads.channels,
    channel_join: payloads.channels,
    channel_leave: payloads.channels,
  },
}
const openclawActions: Readonly<Record<string, z.ZodType>> = {
  ...{ create_task: payloads.taskCreate, get_task: payloads.taskId, list_tasks: anything, retry_task: payloads.taskId },
  ...{ get_project: payloads.projectId, list_projects: anything, create_project: payloads.projectCreate, get_metrics: anything },
  ...{ pause_agent: payloads.agentId, resume_agent: payloads.agentId, get_agent: payloads.agentId, list_agents: anything },
  ...{ note: anything, run: z.object({ command: z.string() }), nonsense: anything },
}
const openclawPools = {
  ...pools,
  clientType: fc.constantFrom('frontend', 'AGENT', 'external'),
  agentId: fc.oneof(pools['agentId'] ?? fc.constant('x')),
}
/** Filters are of channels that are subscribed to. */
const filtered = (payload: Shape): Shape => {
  const { filters, channels = [] } = payload as { filters?: Shape; channels?: string[] }
  if (!filters) return payload
  return {
    ...payload,
    filters: Object.fromEntries(Object.values(filters).map((each, at) => [channels[at % channels.length], each])),
  }
}
const openclawFrame = fc
  .tuple(
    messagesOf(inbound, openclawPools),
    fc.oneof(
      ...Object.entries(openclawWords).map(([type, schema]) =>
        messagesOf(schema, openclawPools).map((payload) => ({ type, payload: filtered(payload) })),
      ),
      ...Object.entries(openclawActions).map(([action, schema]) =>
        messagesOf(schema, openclawPools).map((data) => ({ type: 'REQUEST', payload: { action, data } })),
      ),
    ),
  )
  .map(
    ([{ correlationId, id, ...frame }, words]): Shape => ({
      ...frame,
      ...words,
      ...(correlationId ? { correlationId: '' } : {}),
    }),
  )

const plenty = { messagesPerMinute: 100_000, burstSize: 100_000, windowSize: 60, penaltyDuration: 1 }
/** As a client of that type speaks it. */
export const openclawTongue = (clientType: 'frontend' | 'agent'): Tongue => ({
  name: `openclaw, as ${clientType}`,
  dialect: openclaw({ rateLimits: { frontend: plenty, agent: plenty } }) as Dialect,
  hello: (token) => ({ type: 'AUTH', token, clientType, version: '1.0.0' }),
  listen: [
    {
      type: 'subscribe',
      payload: {
        channels: [
          'task.updates',
          'agent.ada',
          'agent.bob',
          'agent.cid',
          'project.crew',
          'team.blue',
          'system.alerts',
          'system.metrics',
        ],
      },
    },
  ],
  frames: openclawFrame,
  misfit(frame) {
    const { acknowledgement, error, response, other } = outbound
    const words: Readonly<Record<string, z.ZodType>> = {
      connection_ack: acknowledgement,
      CONNECTION_ACK: acknowledgement,
      error,
      response,
    }
    return fits(words[String(frame['type'])] ?? other, frame)
  },
  unanswered(said, heard) {
    const answers = counted(
      heard.filter(({ type }) => type === 'response' || type === 'error' || type === 'pong'),
      ({ correlationId }) => correlationId,
    )
    return once(
      said,
      ({ id, correlationId }) => answers(correlationId ?? id),
      new Set(['pong', 'response', 'error', 'agent_heartbeat']),
    )
  },
  isRefusal: typed('error'),
})
