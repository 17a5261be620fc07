/** A protocol as a random client speaks it: what it may say, and what has to be true of what it is told. */
import fc from 'fast-check'
import { z } from 'zod'
import type { Dialect } from '../../../bridge/index.js'
import { messagesOf } from '../arbitrary.js'
import { pools } from '../turmoil.js'

/** A frame, whoever says it. */
export type Shape = Readonly<Record<string, unknown>>

export interface Tongue {
  readonly name: string
  readonly dialect: Dialect
  readonly params?: Readonly<Record<string, string>>
  /** What lets a client in; absent: its address does. */
  readonly hello?: (token: string) => Shape
  /** What asks to hear of everything. */
  readonly listen: readonly Shape[]
  /** What may be said, but for the id. */
  readonly frames: fc.Arbitrary<Shape>
  /** What is wrong with a frame of the server; `asked`: what it had been told. `pure`: no client publishes anything. */
  misfit(frame: Shape, asked: readonly Shape[], pure: boolean): unknown
  /** What was not answered as often as it was to be. `given`: how many tasks the client has given. */
  unanswered(said: readonly Shape[], heard: readonly Shape[], given: number): readonly string[]
  isRefusal(frame: Shape): boolean
}

/** Whether a frame is of that type. */
export const typed = (type: string) => (frame: Shape) => frame['type'] === type
/** The payload of a frame that has one. */
export const inPayload = ({ payload }: Shape): Shape => (payload ?? {}) as Shape

/** What is wrong with a frame as that schema. */
export const fits = (schema: z.ZodType | undefined, frame: Shape): unknown => {
  if (!schema) return `There is no word ${String(frame['type'])}.`
  const { error } = schema.safeParse(frame)
  return error && z.prettifyError(error)
}
/** Likewise, as the schema of its type. */
export const among =
  (schemas: Readonly<Record<string, z.ZodType>>) =>
  (frame: Shape): unknown =>
    fits(Object.hasOwn(schemas, String(frame['type'])) ? schemas[String(frame['type'])] : undefined, frame)

/** Each has exactly one answer. */
export const once = (
  said: readonly Shape[],
  answersTo: (frame: Shape) => number,
  but: ReadonlySet<unknown> = new Set(),
): string[] =>
  said.flatMap((frame) => {
    const wanted = but.has(String(frame['type']).toLowerCase()) ? 0 : 1
    const got = answersTo(frame)
    return got === wanted ? [] : [`${got} answers to ${JSON.stringify(frame).slice(0, 2_000)}`]
  })

/** How many of these have each key, for many look-ups. */
export const counted = (frames: readonly Shape[], keyOf: (frame: Shape) => unknown) => {
  const counts = new Map<unknown, number>()
  for (const frame of frames) counts.set(keyOf(frame), (counts.get(keyOf(frame)) ?? 0) + 1)
  return (key: unknown) => counts.get(key) ?? 0
}

/** Whatever may be said. */
export const all = (inbound: Readonly<Record<string, z.ZodType>>): fc.Arbitrary<Shape> =>
  fc.oneof(...Object.values(inbound).map((schema) => messagesOf(schema, pools)))
