/** The flag of `troupe up` that says how the events of which topics are delivered. */
import { type Command, Option } from 'commander'
import { TroupeError } from '../../src/errors.js'
import type { DropPolicy, TopicDelivery } from '../delivery/rules.js'
import { durationOf } from './values.js'

export interface DeliverFlags {
  readonly deliver?: readonly string[] | string
}

/** Adds it to a command. */
export const deliver = (command: Command): Command =>
  command.addOption(
    new Option(
      '--deliver <pattern=how...>',
      "how events are delivered: 'orders.#=at-least-once,10s,3' (sent again after 10s, 3 times), exactly-once; or what goes for who reads slowly: '#.output=newest', disconnect",
    ).env('TROUPE_DELIVER'),
  )

const promises: readonly string[] = ['at-most-once', 'at-least-once', 'exactly-once'] satisfies TopicDelivery['delivery'][]
const policies: readonly string[] = ['oldest', 'newest', 'disconnect'] satisfies DropPolicy[]

const ruleOf = (text: string): TopicDelivery => {
  const [pattern, how = ''] = text.split('=')
  const [word = '', ackTimeout, redeliveries] = how.split(',')
  if (!pattern || !(promises.includes(word) || (policies.includes(word) && ackTimeout === undefined)))
    throw new TroupeError(
      'INVALID_OPTION',
      `--deliver expects pattern=how, such as orders.#=at-least-once,10s,3 or #.output=newest; got ${JSON.stringify(text)}.`,
    )
  // It is one of these words, as was looked at above.
  if (policies.includes(word)) return { pattern, drop: word as DropPolicy }
  return {
    ...{ pattern, delivery: word as NonNullable<TopicDelivery['delivery']> },
    ...(ackTimeout === undefined ? {} : { ackTimeout: durationOf(ackTimeout, '--deliver') }),
    ...(redeliveries === undefined ? {} : { redeliveries: Number(redeliveries) }),
  }
}

/** What it says, as options of a bridge. Throws `INVALID_OPTION` for what cannot be read. */
export const deliverOptions = ({ deliver: given }: DeliverFlags): { readonly topics?: readonly TopicDelivery[] } => {
  // A rule has commas of its own; in the environment they are told apart by spaces.
  const rules = [given ?? []].flat().flatMap((text) => text.split(/\s+/).filter(Boolean))
  return rules.length > 0 ? { topics: rules.map(ruleOf) } : {}
}
