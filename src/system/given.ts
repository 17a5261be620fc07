/** Numbers and words that somebody gave as options: types cannot tell 5 from -5, and code without types gives anything. */
import { TroupeError } from '../errors.js'

/** Each throws `INVALID_OPTION` with what was expected and what came; an option that is absent is none. Times and limits may be `Infinity`. */
export const given = {
  milliseconds(what: string, value: number | undefined): void {
    if (value !== undefined && !(value >= 0)) refuse(what, '0 or more milliseconds', value)
  },
  whole(what: string, value: number | undefined, least: number): void {
    if (value !== undefined && !(Number.isInteger(value) && value >= least))
      refuse(what, `a whole number of ${least} or more`, value)
  },
  /** A whole number, or none at all. */
  limit(what: string, value: number | undefined, least: number): void {
    if (value !== Number.POSITIVE_INFINITY) this.whole(what, value, least)
  },
  word(what: string, value: string | undefined, words: readonly string[]): void {
    if (value !== undefined && !words.includes(value)) refuse(what, `one of ${words.join(', ')}`, value)
  },
}

const refuse = (what: string, expected: string, value: unknown): never => {
  throw new TroupeError('INVALID_OPTION', `The ${what} is ${expected}; got ${String(value).slice(0, 80)}.`)
}
