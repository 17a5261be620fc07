/**
 * Topics and patterns. A topic names a channel: `<domain>.<id>[.<what>]`, such as `task.t9.output`.
 * In a pattern `*` stands for one segment and `#` for zero or more: `agent.*.status`, `task.#`.
 */
import { TroupeError } from '../errors.js'

/** The domains that belong to the runtime; every other first segment is the user's own. */
const domains = ['agent', 'task', 'swarm', 'ballot', 'client', 'system'] as const
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
  // Only the last # need ever be tried again: whatever an earlier one could take instead, the last one can take as well.
  let at = 0
  let after = -1
  let taken = 0
  for (let here = 0; here < topic.length; ) {
    const part = pattern[at]
    if (part === '#') {
      after = ++at
      taken = here
    } else if (part !== undefined && (part === '*' || part === topic[here])) {
      at++
      here++
    } else if (after >= 0) {
      at = after
      here = ++taken
    } else return false
  }
  while (pattern[at] === '#') at++
  return at === pattern.length
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
