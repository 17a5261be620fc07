/** The small shapes that commands and events are built from. */
import { z } from 'zod'
import { type Code, codes } from '../errors.js'
import { isId } from '../ids.js'
import { priorities } from './priority.js'

/** An id of an agent, task, swarm or ballot. */
export const id = z.string().max(128).refine(isId, 'expected an id: 1 to 128 of A-Z a-z 0-9 _ -')
/** An idempotency key. */
export const key = z.string().min(1).max(256)
/** Free text that a person reads. */
export const text = z.string().max(10_000)
/** A short name that a person reads. */
export const label = z.string().max(256)
/** A duration in milliseconds. */
export const milliseconds = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER)
/** A point in time, milliseconds since the Unix epoch. */
export const timestamp = z.number().nonnegative()
/** 0 to 100. */
export const percent = z.number().min(0).max(100)
/** A share of a whole. */
export const share = z.number().min(0).max(1)
export const count = z.number().int().nonnegative()
/** The number that the operating system gives to a process. */
export const pid = z.number().int().positive()
export const priority = z.enum(priorities)

/** An error as it is written down: in events, replies and views. */
export const failure = z.object({
  code: z.enum(Object.keys(codes) as [Code, ...Code[]]),
  message: z.string(),
  retry: z.boolean(),
  details: z.record(z.string(), z.unknown()).optional(),
})

/** What an agent's processes take: cores, bytes, how many they are, and how many threads these have together. */
export const metrics = {
  cpu: z.number().nonnegative(),
  memory: z.number().nonnegative(),
  processes: count,
  threads: count,
} as const

/** A message to an agent: its type and whatever else the agent's schema for that type asks for. */
export const agentMessage = z.looseObject({ type: z.string().min(1).max(128) })

/** How many times something is tried again: in all, or by the code of the error, `default` for those that are not named. */
export const retries = z.union([count.max(1_000), z.record(z.string().max(64), count.max(1_000))])

/** How many times something is tried again, and how long apart: the delay doubles from `from` to `to`. */
export const backoff = z.tuple([milliseconds, milliseconds])

/** Anything that is shown beside something; Troupe does not read it. */
export const metadata = z.record(z.string().max(128), z.unknown()).optional()
/** Default 5,000 ms: how long what is in hand may take to finish before it is aborted. */
export const grace = milliseconds.optional()

/** How votes become a decision. */
export const rule = z.object({
  /**
   * `majority`: more than half of the votes cast for one choice, abstentions aside.
   * `supermajority`: at least `share` of the votes cast.
   * `unanimous`: no vote for anything else.
   * `quorum`: the most votes, provided enough voters took part.
   * `weighted`: more than half of the weight cast, or at least `share` of it where one is given.
   * `plurality`: the most, each vote counted by how confident its voter is.
   */
  kind: z.enum(['majority', 'supermajority', 'unanimous', 'quorum', 'weighted', 'plurality']),
  /** The share of voters that must have voted or abstained, 0 to 1. */
  quorum: share.optional(),
  /** The share of votes that one choice needs, 0 to 1; for `supermajority`, default 2/3. */
  share: share.optional(),
  /** Voters whose vote against closes the ballot with a rejection. */
  veto: z.array(id).max(10_000).optional(),
  /** How much the votes of these voters count; of others 1. */
  weights: z.record(id, z.number().nonnegative().max(1e9)).optional(),
  /** For `plurality`: the share of all confidence, 0 to 1, that the winning choice needs. */
  confidence: share.optional(),
})
export type Rule = z.infer<typeof rule>
