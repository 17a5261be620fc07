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

/** A duration such as `90s`, `15m`, `1h`, `7d`, in milliseconds. `what`: the option or the argument that it is given in. */
export const durationOf = (text: string, what = '--ttl'): number => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim()) ?? []
  const milliseconds = Number(amount) * (units[unit ?? ''] ?? Number.NaN)
  return milliseconds > 0 && milliseconds <= longest
    ? milliseconds
    : refuse(`${what} expects a duration such as 90s, 15m, 1h or 7d, ten years at the most; got ${JSON.stringify(text)}.`)
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

/** An object as JSON. */
export const objectOf = (text: string, what: string, example: string): Readonly<Record<string, unknown>> => {
  const wrong = () => refuse(`${what} expects JSON such as ${example}; got ${JSON.stringify(text.slice(0, 80))}.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return wrong()
  }
  // What JSON writes in braces is a record of text and values.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : wrong()
}

/** A message to an agent: an object that says its type. */
export const messageOf = (text: string): { readonly type: string; readonly [field: string]: unknown } => {
  const example = `{"type":"review","path":"README.md"}`
  const message = objectOf(text, 'A message', example)
  const { type } = message
  return typeof type === 'string' && type !== ''
    ? { ...message, type }
    : refuse(`A message says its type, as in ${example}; got ${JSON.stringify(text.slice(0, 80))}.`)
}

/** Milliseconds as a person reads them. */
export const readable = (milliseconds: number): string => {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1_000)
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  const hours = Math.round(minutes / 60)
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** A whole number from 1 to `most`. */
export const countOf = (text: string, what: string, most: number): number =>
  /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= most
    ? Number(text)
    : refuse(`${what} expects a whole number from 1 to ${most}; got ${JSON.stringify(text)}.`)

/** Bytes as a person reads them. */
export const size = (bytes: number): string =>
  bytes < 1_048_576
    ? `${Math.round(bytes / 1_024)} KiB`
    : bytes < 1_073_741_824
      ? `${(bytes / 1_048_576).toFixed(1)} MiB`
      : `${(bytes / 1_073_741_824).toFixed(1)} GiB`
