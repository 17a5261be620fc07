/** Native frames in: what a client asks, in the runtime's words. */
import type { z } from 'zod'
import { TroupeError } from '../../../src/errors.js'
import { type Command, type CommandType, commands } from '../../../src/protocol/command.js'
import { fitted } from '../../../src/protocol/fitted.js'
import { frame as frameSchema } from '../../../src/protocol/frame.js'
import { type SessionCommand, sessionCommands } from '../../../src/protocol/session.js'
import { traceparentIn } from '../../../src/protocol/traceparent.js'
import type { PlainFrame, Request } from '../../dialect.js'

/** Each word that a client may say, with its schema. */
const words: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ...Object.entries(commands),
  // On the wire a word about the connection stands without the runtime's own prefix.
  ...Object.entries(sessionCommands).map(([type, schema]) => [type.replace('session.', ''), schema] as const),
])

const isRuntimeCommand = (type: string): type is CommandType => Object.hasOwn(commands, type)

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** The value at the place that an issue names, as far as it is there. */
const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  )

const sentence = (what: string, error: z.ZodError, value: unknown): string => {
  const [issue] = error.issues
  if (!issue) return `${what} does not have the shape that is asked for.`
  const where = issue.path.length > 0 ? ` at ${issue.path.map(String).join('.')}` : ''
  const more = error.issues.length > 1 ? ` (and ${error.issues.length - 1} more)` : ''
  // A token is repeated to nobody, not even in parts.
  const got = issue.path.includes('token') ? '' : `; got ${shown(at(value, issue.path))}`
  return `${what} does not fit${where}: ${issue.message}${got}${more}.`.slice(0, 1_000)
}

/** Throws `INVALID_MESSAGE` with the frame's own id in its details. */
export const hear = (plain: PlainFrame): readonly Request[] => {
  const id = typeof plain['id'] === 'string' ? plain['id'].slice(0, 128) : undefined
  const refuse = (message: string): never => {
    throw new TroupeError('INVALID_MESSAGE', message, id === undefined ? {} : { details: { id } })
  }
  const read = fitted(frameSchema, plain)
  if (!read.success) return refuse(sentence('The frame', read.error, plain))
  const { type, payload = {}, correlationId, ttl, key, metadata, signature } = read.data
  const schema = words.get(type)
  if (!schema) return refuse(`There is no message of type ${shown(type)}; PROTOCOL.md names those that there are.`)
  const full = isRuntimeCommand(type) ? type : `session.${type}`
  const command = fitted(schema, { ...payload, type: full })
  if (!command.success) return refuse(sentence(`The payload of ${type}`, command.error, payload))
  const traceparent = traceparentIn(metadata?.['traceparent'])
  return [
    {
      id: read.data.id,
      // The schema that read it is the one of its type.
      command: command.data as Command | SessionCommand,
      ...(ttl === undefined ? {} : { ttl }),
      ...(key === undefined ? {} : { key }),
      cause: {
        ...(correlationId === undefined ? {} : { correlationId }),
        ...(signature === undefined ? {} : { signature }),
        ...(traceparent === undefined ? {} : { traceparent }),
      },
    },
  ]
}
