/** The words of the Onsembl protocol: one schema a word, in both directions. */
import { z } from 'zod'

/** The version of the protocol that this is. */
export const version = '1.0.0'

const id = z.string().min(1).max(128)
const token = z.string().max(16_384)
const priority = z.enum(['high', 'normal', 'low'])
const count = z.number().int().nonnegative()
const milliseconds = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER)

/** What a person types for an agent to do. Nothing a terminal would take for a key or an order may stand in it. */
const command = z
  .string()
  .max(100_000)
  .refine((text) => text.trim() !== '', 'expected a command; it is empty')
  .refine((text) => !hidden.test(text), 'expected text without control characters')

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const hidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/

const inWord = <T extends string, S extends z.ZodType>(type: T, payload: S) =>
  z.object({ version: z.string().max(32).optional(), type: z.literal(type), timestamp: z.number().optional(), payload })

/** What a dashboard may say. What the document's own examples leave out may be left out: version, timestamp, priority. */
export const inbound = {
  'dashboard:connect': inWord(
    'dashboard:connect',
    z.object({
      token,
      clientInfo: z.object({
        userAgent: z.string().max(1_024).optional(),
        timezone: z.string().max(128).optional(),
        viewport: z.object({ width: z.number(), height: z.number() }).optional(),
      }),
    }),
  ),
  'command:request': inWord(
    'command:request',
    z.object({ agentId: id, command, priority: priority.default('normal'), timeout: milliseconds.positive().optional() }),
  ),
  'command:interrupt': inWord('command:interrupt', z.object({ commandId: id, reason: z.string().max(1_000).optional() })),
  heartbeat: inWord('heartbeat', z.object({ sequence: count })),
  'token:refresh': inWord('token:refresh', z.object({ token: token.min(1) })),
} as const

export type InWord = keyof typeof inbound
export type Asked<T extends InWord> = z.infer<(typeof inbound)[T]>['payload']

const outWord = <T extends string, S extends z.ZodType>(type: T, payload: S) =>
  z.strictObject({ version: z.literal(version), type: z.literal(type), timestamp: milliseconds, payload })

const agentType = z.enum(['claude', 'gemini', 'codex'])
export type AgentType = z.infer<typeof agentType>
const agentStatus = z.enum(['online', 'busy', 'offline'])
export type AgentStatus = z.infer<typeof agentStatus>
const commandStatus = z.enum(['queued', 'running', 'completed', 'failed', 'interrupted'])
export type CommandStatus = z.infer<typeof commandStatus>

const errorCode = z.enum([
  'AUTH_FAILED',
  'AGENT_OFFLINE',
  'COMMAND_TIMEOUT',
  'QUEUE_FULL',
  'INVALID_MESSAGE',
  'RATE_LIMIT',
  // Not in the document's table: how a token that is about to expire is announced.
  'TOKEN_EXPIRING',
])
export type ErrorCode = z.infer<typeof errorCode>

/** What a dashboard is told. */
export const outbound = {
  'connection:ack': outWord(
    'connection:ack',
    z.strictObject({ connectionId: id, serverVersion: z.string(), features: z.array(z.string()) }),
  ),
  'agent:list': outWord(
    'agent:list',
    z.strictObject({
      agents: z.array(
        z.strictObject({ agentId: id, agentType, status: agentStatus, connectedAt: milliseconds, lastActivity: milliseconds }),
      ),
      /** How many there are, where not all of them are named. */
      total: count.optional(),
    }),
  ),
  'agent:status': outWord(
    'agent:status',
    z.strictObject({
      agentId: id,
      agentType,
      status: agentStatus,
      capabilities: z.array(z.string()).optional(),
      metadata: z.strictObject({ version: z.string().optional(), platform: z.string().optional() }).optional(),
    }),
  ),
  'terminal:output': outWord(
    'terminal:output',
    z.strictObject({
      commandId: id,
      agentId: id,
      data: z.string(),
      stream: z.enum(['stdout', 'stderr']),
      sequence: count.min(1),
      isCompressed: z.boolean().optional(),
    }),
  ),
  'command:status': outWord(
    'command:status',
    z.strictObject({
      commandId: id,
      agentId: z.string().max(128),
      status: commandStatus,
      exitCode: z.number().int().optional(),
      error: z.string().optional(),
      executionTime: milliseconds.optional(),
    }),
  ),
  'command:queue': outWord(
    'command:queue',
    z.strictObject({
      agentId: id,
      queue: z.array(
        z.strictObject({
          commandId: id,
          command: z.string(),
          priority,
          position: count.min(1),
          requestedBy: z.string(),
          requestedAt: milliseconds,
        }),
      ),
    }),
  ),
  heartbeat: outWord('heartbeat', z.strictObject({ sequence: count })),
  error: outWord(
    'error',
    z.strictObject({
      code: errorCode,
      message: z.string(),
      details: z.record(z.string(), z.unknown()).optional(),
      recoverable: z.boolean(),
    }),
  ),
} as const

export type OutWord = keyof typeof outbound
export type Payload<T extends OutWord> = z.infer<(typeof outbound)[T]>['payload']

/** A message as it is sent. `at`: milliseconds since the epoch. */
export const frameOf = <T extends OutWord>(type: T, payload: Payload<T>, at: number) => ({
  version,
  type,
  timestamp: at,
  payload,
})
