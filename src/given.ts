/** Numbers that somebody gives as options, refused in a sentence where they make no sense. */
import { type Code, TroupeError } from './errors.js'

const refuse = (what: string, expected: string, got: unknown, code: Code): never => {
  throw new TroupeError(code, `${what} expects ${expected}; got ${typeof got === 'string' ? JSON.stringify(got) : String(got)}.`)
}

/** Milliseconds, or Infinity for no end; absent is fine. */
export const needDuration = (what: string, value: number | undefined, code: Code = 'INVALID_OPTION'): void => {
  if (value !== undefined && !(typeof value === 'number' && value >= 0)) refuse(what, '0 or more milliseconds', value, code)
}

/** A count, or Infinity for no bound; absent is fine. */
export const needCount = (what: string, value: number | undefined, least = 0, code: Code = 'INVALID_OPTION'): void => {
  if (value === undefined || value === Number.POSITIVE_INFINITY) return
  if (!(Number.isInteger(value) && value >= least)) refuse(what, `a whole number of ${least} or more`, value, code)
}

/** One of the words that there are; absent is fine. */
export const needWord = (
  what: string,
  value: string | undefined,
  words: readonly string[],
  code: Code = 'INVALID_OPTION',
): void => {
  if (value !== undefined && !words.includes(value)) refuse(what, `one of ${words.join(', ')}`, value, code)
}
