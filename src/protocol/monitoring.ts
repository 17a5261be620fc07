/** How the machine, the process and the door are: the words for it. */
import { z } from 'zod'
import { count, milliseconds, percent, share } from './words.js'

const bytes = z.number().nonnegative()

/** Milliseconds: half of what was measured took no longer than `p50`. All 0 where nothing was. */
const percentiles = z.object({ p50: milliseconds, p90: milliseconds, p95: milliseconds, p99: milliseconds, max: milliseconds })
/** How long something took. */
export type Percentiles = z.infer<typeof percentiles>

/** Of the machine and of this process. A part that could not be found out is left out. */
export const systemMetrics = {
  /** `usage`: percent of all cores since the sample before; `temperature`: °C, where the machine tells. */
  cpu: z.object({ usage: percent, cores: count, temperature: z.number().optional() }).optional(),
  /** Of the machine, in bytes; what is only cached counts as available. */
  memory: z.object({ total: bytes, used: bytes, available: bytes, percent }).optional(),
  /** Of the file system in which the process works, in bytes; `percent`: of what may be written there, as `df` has it. */
  disk: z.object({ total: bytes, used: bytes, percent }).optional(),
  /** Over all interfaces but the loopback, since the machine started; packets are 0 where the machine does not count them. */
  network: z.object({ bytesIn: bytes, bytesOut: bytes, packetsIn: count, packetsOut: count }).optional(),
  /** How long the event loop was held up of late: `lag`, the longest; `delays`, of all looks within the last interval. */
  eventLoop: z.object({ lag: milliseconds, delays: percentiles }),
  /** `memory`: resident bytes; `cpu`: cores, since the sample before. */
  process: z.object({ pid: count, memory: bytes, cpu: z.number().nonnegative() }),
} as const
const metrics = z.object(systemMetrics)
/** One sample of the machine and of this process. */
export type SystemMetrics = z.infer<typeof metrics>

/** What goes through the door of a bridge. */
export const traffic = {
  connections: z.object({
    /** Since the bridge was opened. */
    totalConnections: count,
    activeConnections: count,
    /** New ones, over the last 10 seconds. */
    connectionsPerSecond: z.number().nonnegative(),
    /** Milliseconds, of those that have ended. */
    averageConnectionDuration: milliseconds,
    /** How many ended why. */
    disconnectionReasons: z.record(z.string(), count),
    /** How many were turned away at the door, by code, since the bridge was opened. */
    refused: z.record(z.string(), count),
  }),
  messages: z.object({
    /** Messages of clients, over the last 10 seconds. */
    messagesPerSecond: z.number().nonnegative(),
    /** Bytes of a message of a client, since the bridge was opened. */
    averageMessageSize: bytes,
    /** From a command to its answer, of the last one to two minutes. */
    messageLatency: percentiles,
    /** From an event's happening to its being written to a client, likewise; what is sent again after a resume does not count. */
    deliveryLatency: percentiles,
    /** Of the last 1,024 answers, the share that were refusals. */
    errorRate: share,
    /** Events that were delivered ÷ those that were delivered or dropped, since the bridge was opened. */
    deliveryRate: share,
    /** What clients asked for, by type, since the bridge was opened; at most 200 types, the rest as `other`. */
    messagesByType: z.record(z.string(), count),
    /** Answers that came when the connection was gone, or the request's time to live was over. */
    lateAnswers: count,
  }),
} as const
const trafficObject = z.object(traffic)
/** What goes through the door of a bridge. */
export type Traffic = z.infer<typeof trafficObject>

/** How bad it is; `info`: it is over. */
export const alertLevel = z.enum(['info', 'warning', 'error', 'critical'])
export type AlertLevel = z.infer<typeof alertLevel>
export const alertCategory = z.enum(['resource', 'performance', 'security', 'agent'])
export type AlertCategory = z.infer<typeof alertCategory>
