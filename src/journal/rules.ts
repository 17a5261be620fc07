/** Which topics are kept where, and for how long. */
import { TroupeError } from '../errors.js'
import { needCount, needWord } from '../given.js'
import { matches, parsePattern } from '../protocol/topic.js'

const durabilities = ['memory', 'disk', 'database'] as const
/** Where a topic is kept: until the process ends, in the store on disk, or in the database. */
export type Durability = (typeof durabilities)[number]

/** How long a topic is kept. What is beyond either bound is let go, the oldest first, and told as a gap to whoever missed it. */
export interface Retention {
  /** Days. Default: no bound. */
  readonly days?: number
  /** Events of all topics of the rule together. Default: no bound; in memory 20,000. */
  readonly messages?: number
}

/** What is done with the topics that a pattern covers. */
export interface TopicRule {
  /** `*` is one segment, `#` any number. */
  readonly pattern: string
  readonly durability: Durability
  readonly retention?: Retention
  /** Whether large events are compressed one by one before they are stored. Default false: a store may compress as a whole. */
  readonly compression?: boolean
}

/**
 * What holds where no rule is given, and after the rules that are: measurements, heartbeats and the figures of the traffic in memory, the newest 20,000;
 * output and progress 7 days, the newest 200,000, and the audit channel 30 days, the newest 200,000, so that they push nothing else out; all else 30 days, the newest 1,000,000.
 */
export const defaultRules = (durability: 'disk' | 'database'): readonly TopicRule[] => [
  { pattern: '#.metrics', durability: 'memory' },
  { pattern: '#.heartbeat', durability: 'memory' },
  { pattern: 'system.traffic', durability: 'memory' },
  { pattern: '#.output', durability, retention: { days: 7, messages: 200_000 }, compression: true },
  { pattern: 'system.audit', durability, retention: { days: 30, messages: 200_000 } },
  { pattern: '#.progress', durability, retention: { days: 7, messages: 200_000 } },
  { pattern: '#', durability, retention: { days: 30, messages: 1_000_000 } },
]

/** Throws `INVALID_OPTION` where a rule makes no sense, or asks for a store that is not there. */
export const checkRules = (rules: readonly TopicRule[], there: readonly Durability[]): void => {
  for (const { pattern, durability, retention = {} } of rules) {
    const what = `The rule of a journal for ${JSON.stringify(pattern)}`
    try {
      parsePattern(pattern)
    } catch (thrown) {
      throw new TroupeError('INVALID_OPTION', `${what} has no pattern that can be one.`, { cause: thrown })
    }
    needWord(`${what}, as its durability,`, durability, durabilities)
    if (!there.includes(durability))
      throw new TroupeError('INVALID_OPTION', `${what} asks for ${durability}, and stores.${durability} was not given; give it.`)
    needCount(`${what}, as its retention.messages,`, retention.messages, 1)
    const { days } = retention
    if (days !== undefined && !(typeof days === 'number' && days > 0))
      throw new TroupeError('INVALID_OPTION', `${what} expects a number of days above 0; got ${String(days)}.`)
  }
}

/** The first rule that covers the topic. */
export const ruleFor = <R extends { readonly parts: readonly string[] }>(rules: readonly R[], topic: string): R | undefined => {
  const parts = topic.split('.')
  return rules.find((rule) => matches(rule.parts, parts))
}
