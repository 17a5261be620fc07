/** Every message of AgentCraft's protocol, in both directions. */
import { z } from 'zod'

const word = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) => z.object({ type: z.literal(type), ...shape })

const asked = z.string().min(1).max(256)

/** What a client may say. */
export const inbound = {
  get_session_logs: word('get_session_logs', { session_id: asked }),
  get_session_state: word('get_session_state', { session_id: asked }),
  start_log_streaming: word('start_log_streaming', { session_id: asked }),
  stop_log_streaming: word('stop_log_streaming', {}),
  pong: word('pong', {}),
} as const
export type Inbound = { [T in keyof typeof inbound]: z.infer<(typeof inbound)[T]> }[keyof typeof inbound]

/** Seconds since the Unix epoch, with a fraction. */
const seconds = z.number().nonnegative()
const iso = z.iso.datetime()
const percent = z.number().min(0).max(100)
const session_id = z.string()

const upper = z.enum(['IDLE', 'ANALYZING', 'PROCESSING', 'COLLABORATING', 'COMPLETED', 'ERROR'])
const lower = z.enum(['idle', 'analyzing', 'processing', 'collaborating', 'completing', 'finished', 'error'])

/** A session in the list of those that are active. */
const entry = z.object({
  session_id,
  query: z.string(),
  status: z.string(),
  agents_active: z.number().int().nonnegative(),
  phase: z.string(),
  progress: percent,
  agents: z.number().int().nonnegative(),
  started_at: seconds,
})
export type Entry = z.infer<typeof entry>

const printed = z.object({ timestamp: seconds, type: z.enum(['stdout', 'stderr']), content: z.string(), agent: z.string() })
export type Printed = z.infer<typeof printed>

/** An agent in a state that is pushed. */
const agentState = z.object({
  agent_id: z.string(),
  agent_name: z.string(),
  status: lower,
  current_task: z.string().nullable(),
  progress: percent,
  details: z.string().nullable(),
  started_at: seconds.nullable(),
  updated_at: seconds,
})
export type AgentState = z.infer<typeof agentState>

const state = z.object({
  session_id,
  query: z.string(),
  total_agents: z.number().int().nonnegative(),
  active_agents: z.array(agentState),
  completed_agents: z.array(z.string()),
  current_phase: z.string(),
  overall_progress: percent,
  started_at: seconds,
  estimated_completion: seconds.nullable(),
  crew_output: z.array(printed),
})
export type State = z.infer<typeof state>

/** The state that is asked for. */
const answered = z.object({
  session_id,
  query: z.string(),
  current_phase: z.string(),
  overall_progress: percent,
  active_agents: z.array(
    z.object({
      agent_name: z.string(),
      status: upper,
      progress: percent,
      current_task: z.string().nullable(),
      details: z.record(z.string(), z.unknown()),
    }),
  ),
  crew_output: z.array(printed),
})
export type AnsweredState = z.infer<typeof answered>

const logLine = z.object({
  timestamp: iso,
  level: z.enum(['info', 'warning', 'error']),
  agent: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
})
export type LogLine = z.infer<typeof logLine>

/** A push with the whole state, and beside it, in `data`, what it is about: one of the original's pages reads the one, one the other. */
const push = <T extends string, S extends z.ZodRawShape>(type: T, data: S) =>
  word(type, { session_id, timestamp: seconds, state, data: z.object({ session_id, ...data }) })

/** What a server says. */
export const outbound = {
  active_sessions: word('active_sessions', {
    timestamp: seconds,
    data: z.object({ total_sessions: z.number().int().nonnegative(), sessions: z.array(entry) }),
  }),
  agent_status: word('agent_status', {
    agent_id: z.string(),
    agent_name: z.string(),
    status: upper,
    progress: percent,
    message: z.string(),
    timestamp: iso,
    /** `estimated_completion`: seconds to go. */
    metadata: z.object({ task_id: z.string().optional(), estimated_completion: z.number().nonnegative().optional() }),
  }),
  agent_collaboration: word('agent_collaboration', {
    primary_agent: z.string(),
    secondary_agent: z.string(),
    collaboration_type: z.literal('handoff'),
    reason: z.string(),
    timestamp: iso,
  }),
  session_state: word('session_state', { session_id, state: answered, timestamp: seconds }),
  session_logs: word('session_logs', { session_id, logs: z.array(logLine), timestamp: seconds }),
  session_not_found: word('session_not_found', { session_id, timestamp: seconds }),
  log_streaming_started: word('log_streaming_started', { session_id, timestamp: seconds, message: z.string() }),
  log_streaming_stopped: word('log_streaming_stopped', { timestamp: seconds, message: z.string() }),
  crewai_log: word('crewai_log', {
    timestamp: seconds,
    log: z.object({
      timestamp: seconds,
      datetime: iso,
      session_id,
      level: z.enum(['INFO', 'WARNING', 'ERROR']),
      logger: z.string(),
      message: z.string(),
      source: z.enum(['runtime', 'stdout', 'stderr']),
    }),
  }),
  session_started: push('session_started', { query: z.string(), agent_names: z.array(z.string()) }),
  agent_status_update: push('agent_status_update', {
    agent_name: z.string(),
    status: z.string(),
    progress: percent,
    current_task: z.string().nullable(),
    details: z.string().nullable(),
  }),
  phase_update: push('phase_update', { phase: z.string() }),
  crew_output: push('crew_output', { output_type: z.string(), content: z.string(), agent_name: z.string() }),
  session_completed: push('session_completed', {}),
  session_error: push('session_error', { error: z.string(), agent_name: z.string().nullable() }),
  ping: word('ping', { timestamp: seconds }),
  error: word('error', { message: z.string(), timestamp: seconds }),
} as const

type OutboundType = keyof typeof outbound
export type OutboundOf<T extends OutboundType> = z.infer<(typeof outbound)[T]>
export type Outbound = { [T in OutboundType]: OutboundOf<T> }[OutboundType]
