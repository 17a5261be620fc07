/** What every random client of a protocol is made of. */
import fc from 'fast-check'
import { z } from 'zod'
import type { Dialect } from '../../bridge/index.js'
import { messagesOf } from './arbitrary.js'
import { pools } from './turmoil.js'

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
  /** How often each of these was to be answered and how often it was, where these differ. */
  unanswered(said: readonly Shape[], heard: readonly Shape[]): readonly string[]
  isRefusal(frame: Shape): boolean
}

export const typed = (type: string) => (frame: Shape) => frame['type'] === type
export const inPayload = ({ payload }: Shape): Shape => (payload ?? {}) as Shape

export const fits = (schema: z.ZodType | undefined, frame: Shape): unknown => {
  if (!schema) return `There is no word ${String(frame['type'])}.`
  const { error } = schema.safeParse(frame)
  return error && z.prettifyError(error)
}
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

export const all = (inbound: Readonly<Record<string, z.ZodType>>): fc.Arbitrary<Shape> =>
  fc.oneof(...Object.values(inbound).map((schema) => messagesOf(schema, pools)))
