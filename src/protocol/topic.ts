/**
 * Topics and patterns. A topic names a channel: `<domain>.<id>[.<what>]`, such as `task.t9.output`.
 * In a pattern `*` stands for one segment and `#` for zero or more: `agent.*.status`, `task.#`.
 */
import { TroupeError } from '../errors.js'

/** The domains that belong to the runtime; every other first segment is the user's own. */
const domains = ['agent', 'task', 'swarm', 'ballot', 'system'] as const
export type Domain = (typeof domains)[number]

const segment = /^[A-Za-z0-9_-]{1,128}$/
/** More than any topic needs, little enough that matching a hostile pattern stays cheap. */
const maxSegments = 16

/** The segments of a topic. Throws `INVALID_MESSAGE` when it is not one. */
export const parseTopic = (topic: string): string[] => parse(topic, 'topic', (part) => segment.test(part))

/** The segments of a pattern. Throws `INVALID_MESSAGE` when it is not one. */
export const parsePattern = (pattern: string): string[] =>
  parse(pattern, 'pattern', (part) => part === '*' || part === '#' || segment.test(part))

const parse = (text: string, what: 'topic' | 'pattern', fits: (part: string) => boolean): string[] => {
  const parts = text.length <= maxSegments * 129 ? text.split('.') : []
  if (parts.length > 0 && parts.length <= maxSegments && parts.every(fits)) return parts
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
  const wild = what === 'pattern' ? ', or * for one segment, or # for any number' : ''
  throw new TroupeError(
    'INVALID_MESSAGE',
    `Expected a ${what}: 1 to ${maxSegments} segments of A-Z a-z 0-9 _ -${wild}, joined by dots, such as ${what === 'pattern' ? 'task.#' : 'task.t9.output'}. Got ${shown}.`,
  )
}

/** Whether `pattern` covers `topic`. Both must be well formed; neither is checked again here. */
export const matches = (pattern: readonly string[], topic: readonly string[]): boolean => {
  // Two rows of the table "the first i parts of the pattern cover the first j segments": linear space, no backtracking.
  let row: boolean[] = [true]
  for (let j = 1; j <= topic.length; j++) row[j] = false
  for (const part of pattern) {
    const next: boolean[] = [part === '#' && row[0] === true]
    for (let j = 1; j <= topic.length; j++)
      next[j] =
        part === '#' ? row[j] === true || next[j - 1] === true : row[j - 1] === true && (part === '*' || part === topic[j - 1])
    row = next
  }
  return row[topic.length] === true
}

/** Whether every topic that `inner` covers is covered by `outer` too: is `task.*.output` within `task.#`? */
export const covers = (outer: readonly string[], inner: readonly string[]): boolean => {
  const [head, ...rest] = outer
  if (head === undefined) return inner.every((part) => part === '#') && inner.length === 0
  if (head === '#') return covers(rest, inner) || (inner.length > 0 && covers(outer, inner.slice(1)))
  const [first, ...others] = inner
  if (first === undefined || first === '#') return false
  return (head === '*' || head === first) && covers(rest, others)
}

/** The entity a topic is about, its first two segments: what a queue must not reorder. */
export const entityOf = (topic: string): string => {
  const first = topic.indexOf('.')
  if (first < 0) return topic
  const second = topic.indexOf('.', first + 1)
  return second < 0 ? topic : topic.slice(0, second)
}

/** Whether the topic's domain belongs to the runtime. */
export const isReserved = (topic: string): boolean => {
  const dot = topic.indexOf('.')
  return (domains as readonly string[]).includes(dot < 0 ? topic : topic.slice(0, dot))
}
