/** What people write on a command line, read. */
import { TroupeError } from '../../src/errors.js'

const refuse = (message: string): never => {
  throw new TroupeError('INVALID_OPTION', message)
}

/** A port from 0 to 65535. */
export const portOf = (text: string): number => {
  const port = Number(text)
  return /^\d+$/.test(text) && port <= 65_535
    ? port
    : refuse(`A port (--port, TROUPE_PORT or PORT) is a whole number from 0 to 65535; got ${JSON.stringify(text)}.`)
}

/** Ten years: what is to last longer is a mistake in the unit. */
const longest = 3_650 * 86_400_000

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A duration such as `90s`, `15m`, `1h`, `7d`, in milliseconds. */
export const durationOf = (text: string): number => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim()) ?? []
  const milliseconds = Number(amount) * (units[unit ?? ''] ?? Number.NaN)
  return milliseconds > 0 && milliseconds <= longest
    ? milliseconds
    : refuse(`--ttl expects a duration such as 90s, 15m, 1h or 7d, ten years at the most; got ${JSON.stringify(text)}.`)
}

/** A comma-separated list. */
export const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)

/** A comma-separated list that names something. */
export const namesOf = (option: string, text: string): string[] => {
  const names = listOf(text)
  return names.length > 0 ? names : refuse(`--${option} expects at least one name; got ${JSON.stringify(text)}.`)
}

/** The origin of web pages, or `*` for any. */
export const originOf = (text: string): string => {
  const fits = text === '*' || text === 'null' || (URL.canParse(text) && new URL(text).origin === text)
  return fits
    ? text
    : refuse(`--origin expects an origin such as https://example.org, without a path; got ${JSON.stringify(text)}.`)
}

/** Milliseconds as a person reads them. */
export const readable = (milliseconds: number): string =>
  milliseconds < 1_000
    ? `${Math.round(milliseconds)} ms`
    : milliseconds < 60_000
      ? `${(milliseconds / 1_000).toFixed(1)} s`
      : `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1_000)} s`
