/** What a file of the corpus says: what is tried, how it is sent, and what must happen. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { z } from 'zod'

/** Bytes: text as UTF-8, hexadecimal digits, some over and over, or several after each other. */
export type Data =
  | string
  | { readonly hex: string }
  | { readonly times: number; readonly of: Data }
  | { readonly json: unknown }
  | readonly Data[]
const data: z.ZodType<Data> = z.lazy(() =>
  z.union([
    z.string(),
    z.strictObject({ hex: z.string().regex(/^([0-9a-f]{2}| )*$/) }),
    z.strictObject({ times: z.number().int().positive(), of: data }),
    z.strictObject({ json: z.unknown() }),
    z.array(data),
  ]),
)

const dialect = z.enum(['native', 'openclaw', 'team-dashboard', 'onsembl', 'agentcraft', 'claude-flow'])
export type DialectName = z.infer<typeof dialect>

const frame = z.strictObject({
  opcode: z.number().int().min(0).max(15).default(1),
  fin: z.boolean().default(true),
  /** The three reserved bits. */
  rsv: z.number().int().min(0).max(7).default(0),
  masked: z.boolean().default(true),
  /** The length that is told, in hexadecimal digits as it is written, where it is not the length that there is. */
  length: z.string().optional(),
  data: data.default(''),
})
export type RawFrame = z.infer<typeof frame>

const step = z.union([
  /** Another connection; what follows is sent on it. There is one to begin with. */
  z.strictObject({ connect: z.literal(true) }),
  /** As it is, before or after the upgrade. */
  z.strictObject({ tcp: data }),
  /** A request to upgrade; `headers` in place of those of the same name, null: without it. */
  z.strictObject({
    upgrade: z.strictObject({
      method: z.string().default('GET'),
      path: data.default('/native'),
      version: z.string().default('HTTP/1.1'),
      protocol: data.optional(),
      headers: z.record(z.string(), data.nullable()).default({}),
    }),
  }),
  /** Upgrades, and says what lets a client in, as a client of that protocol does. */
  z.strictObject({
    enter: dialect,
    codec: z.enum(['json', 'msgpack']).default('json'),
    claims: z.record(z.string(), z.unknown()).default({}),
    resume: z.unknown().optional(),
  }),
  z.strictObject({ frame }),
  /** A text message, a binary message, and a frame in the codec of the connection. */
  z.strictObject({ text: data }),
  z.strictObject({ bytes: data }),
  z.strictObject({ say: z.unknown(), times: z.number().int().positive().default(1) }),
  z.strictObject({ until: z.unknown() }),
  /** Goes on with the connection of that number, the first being 0. */
  z.strictObject({ on: z.number().int().nonnegative() }),
  /** Ends the connection without a word. */
  z.strictObject({ cut: z.literal(true) }),
])
export type Step = z.infer<typeof step>

const attack = z.strictObject({
  tries: z.string().min(10),
  must: z.string().min(10),
  /** `impatient`: the bridge that gives a client 300 ms to say who it is. */
  bridge: z.enum(['usual', 'impatient']).default('usual'),
  steps: z.array(step).min(1),
  expect: z.strictObject({
    /** HTTP: not let in, whether with an answer or without a word. */
    refused: z.literal(true).optional(),
    status: z.number().int().optional(),
    body: z.unknown().optional(),
    /** Frames that come, in any order. */
    answers: z.array(z.unknown()).default([]),
    /** Frames that must not come. */
    never: z.array(z.unknown()).default([]),
    /** Texts that stand in nothing that comes, in nothing that others hear, and in no fault that is reported. */
    secret: z.array(z.string()).default([]),
    /** Frames that nobody else who hears everything must be sent, and such that they must. */
    unseen: z.array(z.unknown()).default([]),
    seen: z.array(z.unknown()).default([]),
    /** The connection ends with one of these; 1006: without a word. */
    close: z.array(z.number().int()).optional(),
    /** The connection goes on, and is answered as before. */
    lives: z.literal(true).optional(),
  }),
})
export type Attack = z.infer<typeof attack> & { readonly name: string; readonly area: string }

const folder = join(import.meta.dirname, 'corpus')

/** All of them, by area and name. Throws where a file does not say exactly one way in which it ends. */
export const corpus = (): readonly Attack[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json'))
    .sort()
    .map((path) => {
      const read = attack.safeParse(JSON.parse(readFileSync(join(folder, path), 'utf8')))
      if (!read.success) throw new Error(`${path}: ${z.prettifyError(read.error)}`)
      const { refused, status, close, lives } = read.data.expect
      const ends = [refused, status, close, lives].filter((each) => each !== undefined).length
      if (ends !== 1) throw new Error(`${path}: expected one of refused, status, close and lives; it has ${ends}.`)
      return { ...read.data, name: basename(path, '.json'), area: relative('.', path).split('/')[0] ?? '' }
    })
