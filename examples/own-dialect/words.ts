/** The words of Lantern, a protocol made up for this example: a client says what to `do`, the server has something to `tell`. */
import { z } from 'zod'

const name = z.string().min(1).max(128)
/** What a client calls its request; the answer, and what comes of it, carry the same. */
const ref = name
const lamp = z.object({ agent: z.string(), state: z.string(), busy: z.boolean() })

/** What a client may say. */
export const inbound = z.discriminatedUnion('do', [
  z.object({ do: z.literal('enter'), ref, token: z.string().max(16_384).optional() }),
  z.object({ do: z.literal('list'), ref }),
  z.object({ do: z.literal('run'), ref, agent: name, line: z.string().min(1).max(10_000) }),
  z.object({ do: z.literal('beat'), ref }),
  z.object({ do: z.literal('leave'), ref }),
])
export type Inbound = z.infer<typeof inbound>

/** What it may hear. */
export const outbound = z.discriminatedUnion('tell', [
  /** First of all. */
  z.object({ tell: z.literal('lit'), version: z.literal(1) }),
  /** It is let in; these agents are there. */
  z.object({ tell: z.literal('inside'), ref: ref.optional(), who: z.string(), lamps: z.array(lamp) }),
  z.object({ tell: z.literal('lamps'), ref, lamps: z.array(lamp) }),
  z.object({ tell: z.literal('done'), ref }),
  z.object({ tell: z.literal('refused'), ref: z.string().optional(), code: z.string(), why: z.string() }),
  /** With a ref: the answer to one. Without: whether the client is still there. */
  z.object({ tell: z.literal('beat'), ref: ref.optional() }),
  z.object({ tell: z.literal('lamp'), ...lamp.shape }),
  /** `missing`: pieces before it that had to go. */
  z.object({
    tell: z.literal('printed'),
    ref: ref.optional(),
    agent: z.string(),
    text: z.string(),
    missing: z.number().optional(),
  }),
  z.object({ tell: z.literal('ended'), ref: ref.optional(), task: z.string(), state: z.string() }),
  /** Something that the client should know, such as that it missed some of what happened. */
  z.object({ tell: z.literal('note'), text: z.string() }),
  /** The server goes away; come back after so many milliseconds. */
  z.object({ tell: z.literal('dark'), why: z.string(), back: z.number() }),
])
export type Outbound = z.infer<typeof outbound>
