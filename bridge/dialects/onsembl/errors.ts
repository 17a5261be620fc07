/** How an Onsembl dashboard is told what went wrong. */
import type { Failure } from '../../../src/errors.js'
import type { PlainFrame } from '../../dialect.js'
import type { State } from './state.js'
import { codeOf, isRecoverable } from './states.js'
import type { ErrorCode } from './words.js'

/** `about`: which message it is about. `code`: where the message that failed tells more than the failure. */
export const errorFrame = (
  { code: own, message, details }: Failure,
  state: State,
  about: Readonly<Record<string, string | undefined>> = {},
  code: ErrorCode = codeOf(own),
): PlainFrame => {
  const known = Object.entries({ reason: own, ...details, ...about }).filter(([, value]) => value !== undefined)
  const recoverable = isRecoverable(own)
  return state.frame('error', { code, message: message.slice(0, 1_000), details: Object.fromEntries(known), recoverable })
}
