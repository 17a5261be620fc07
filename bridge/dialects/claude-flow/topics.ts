/** Topics of claude-flow: as a client writes them, and from which topics of ours what stands on them comes. */
import { TroupeError } from '../../../src/errors.js'
import { matches, parsePattern, parseTopic } from '../../../src/protocol/topic.js'
import type { Kind } from './data.js'

/** From where each kind of event comes; `@` stands for the id. */
const sources: Readonly<Record<Kind, readonly string[]>> = {
  'agent.status': ['agent.@.status'],
  'agent.health': ['agent.@.metrics', 'agent.@.status'],
  'agent.metrics': ['agent.@.metrics'],
  'agent.logs': ['agent.@.output', 'agent.@.activity', 'agent.@.supervised', 'task.*.output'],
  'task.created': ['task.@.created'],
  'task.assigned': ['task.@.status'],
  'task.progress': ['task.@.progress', 'task.@.status'],
  'task.completed': ['task.@.status'],
  'task.error': ['task.@.status'],
  'swarm.topology': ['swarm.@.rewired'],
  'swarm.agent-joined': ['swarm.@.member'],
  'swarm.agent-left': ['swarm.@.member'],
  'swarm.consensus': ['ballot.*.opened', 'ballot.*.vote', 'ballot.*.status'],
  'swarm.decision': ['ballot.*.opened', 'ballot.*.vote', 'ballot.*.status'],
  'swarm.state': ['created', 'status', 'member', 'health', 'rewired', 'progress'].map((what) => `swarm.@.${what}`),
  'swarm.coordination': ['swarm.@.handed-over', 'task.*.status'],
}
const kinds = Object.keys(sources) as readonly Kind[]

/** Both `.` and `/` separate. */
const dotted = (text: string): string => text.replaceAll('/', '.')

/** A topic or pattern that a client listens to. */
export interface Subscription {
  readonly parts: readonly string[]
  /** What the client wrote between the segments: what it hears is named with it too. */
  readonly separator: '.' | '/'
}

export const isPattern = (text: string): boolean => /[*#]/.test(text)

/** Throws `INVALID_MESSAGE` for what is neither a topic nor a pattern. */
export const subscriptionOf = (text: string): Subscription => ({
  parts: parsePattern(dotted(text)),
  separator: text.includes('/') ? '/' : '.',
})

/** The topic in our spelling. Throws `INVALID_MESSAGE` for what is none. */
export const topicIn = (text: string): string => {
  if (isPattern(text))
    throw new TroupeError(
      'INVALID_MESSAGE',
      `A message is published on one topic; ${JSON.stringify(text).slice(0, 80)} is a pattern.`,
    )
  return parseTopic(dotted(text)).join('.')
}

/** The id, or `*` for any, for which a topic of that kind fits; undefined: none does. */
const couldFit = (parts: readonly string[], kind: Kind): string | undefined => {
  const [domain = '', what = ''] = kind.split('.')
  if (matches(parts, [domain, what])) return '*'
  const [first, id] = parts
  if (first !== '#' && id !== undefined && !isPattern(id)) return matches(parts, [domain, id, what]) ? id : undefined
  // Where # stands for some of it, an id stands for any other: a segment that is neither is in nobody's way.
  const ids = ['*', ...parts.filter((part) => part !== '*' && part !== '#')]
  return ids.some((each) => matches(parts, [domain, each, what])) ? '*' : undefined
}

/** Our patterns from which what a subscription covers comes, beside the messages on these topics themselves. */
export const sourcesOf = ({ parts }: Subscription): readonly string[] => [
  ...new Set(
    kinds.flatMap((kind) => {
      const id = couldFit(parts, kind)
      return id === undefined ? [] : sources[kind].map((source) => source.replace('@', id))
    }),
  ),
]
