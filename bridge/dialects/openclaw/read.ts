/** Reads what came in, and says what of it is missing or wrong. */
import type { z } from 'zod'
import { TroupeError } from '../../../src/errors.js'
import { fitted } from '../../../src/protocol/fitted.js'
import type { ErrorCode } from './words.js'

/** An error with a code of the document that ours are too coarse for. */
export const own = (code: ErrorCode, message: string, details: Record<string, unknown> = {}): TroupeError =>
  new TroupeError('INVALID_MESSAGE', message, { details: { own: code, ...details } })

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  )

const shown = (value: unknown): unknown => {
  if (value === undefined) return null
  const text = JSON.stringify(value) ?? ''
  return text.length > 80 ? `${text.slice(0, 80)}…` : value
}

/** Throws with `MISSING_REQUIRED_FIELD` or `INVALID_MESSAGE_FORMAT`, and the field, what was expected and what came. */
export const read = <S extends z.ZodType>(schema: S, value: unknown, what: string): z.infer<S> => {
  const result = fitted(schema, value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue?.path ?? []
  const field = path.map(String).join('.')
  const received = at(value, path)
  const expectedType = issue && 'expected' in issue ? String(issue.expected) : 'another value'
  const details = { field, expectedType, received: shown(received) }
  if (received === undefined) throw own('MISSING_REQUIRED_FIELD', `Missing required field: ${field || 'payload'}`, details)
  throw own(
    'INVALID_MESSAGE_FORMAT',
    `${what} does not fit at ${field || 'its top'}: ${issue?.message ?? 'it is something else'}.`,
    details,
  )
}

/** The fields that a schema does not know: they are kept with what is made. */
export const unknownFields = (value: Readonly<Record<string, unknown>>, schema: z.ZodObject): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !Object.hasOwn(schema.shape, key)))
