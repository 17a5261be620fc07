/** What a bridge says to its operator: lines with fields, as `pino` takes them. */

/** A fact or a trouble, and a few words for people. Fields never hold what was said, nor a token. */
type Line = (fields: Readonly<Record<string, unknown>>, message: string) => void

/** Where a bridge writes what happens at its door. A logger of `pino` is one. */
export interface Logger {
  readonly debug: Line
  readonly info: Line
  readonly warn: Line
  readonly error: Line
}

const nothing: Line = () => {}

/** Says nothing. */
export const silence: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }
