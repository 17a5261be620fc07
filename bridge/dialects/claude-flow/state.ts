/** What one connection of claude-flow remembers. */
import type { Failure } from '../../../src/errors.js'
import type { OpenContext, PlainFrame, Request, Standing } from '../../dialect.js'
import { type Numbers, numbersOf } from './numbers.js'
import type { ClaudeFlowOptions } from './options.js'
import { type Subscription, sourcesOf } from './topics.js'
import { type ErrorCode, type MessageOf, type OutWord, PROTOCOL_VERSION } from './words.js'

/** What came in one message, and is answered as one. */
export interface Group {
  left: number
  done: number
  /** Who has voted with it. */
  readonly counted: string[]
  /** With what the first of it failed. */
  failed: Failure | undefined
}

/** What waits for its answer. */
export interface Asked {
  /** The error that it is, should it fail for a reason that names none. */
  readonly fails: ErrorCode
  /** Done when it was carried out. */
  readonly apply?: (() => void) | undefined
  /** When it was said, by the clock of who said it. */
  readonly since?: number | undefined
  /** Done in any case. */
  readonly end?: (() => void) | undefined
  readonly group: Group
}

type Fields<T extends OutWord> = Omit<MessageOf<T>, 'id' | 'type' | 'version' | 'timestamp'>

export class State {
  readonly context: OpenContext
  readonly options: ClaudeFlowOptions
  readonly numbers: Numbers
  standing: Standing | undefined
  /** What the client listens to, as it wrote it. */
  readonly subscriptions = new Map<string, Subscription>()
  /** Our patterns that this comes from. */
  readonly patterns = new Set<string>()
  readonly asked = new WeakMap<Request, Asked>()
  /** What this connection says and does not want to hear: causes of messages, ids of ballots, and votes in them. */
  readonly own = new Set<string>()

  constructor(context: OpenContext, options: ClaudeFlowOptions) {
    this.context = context
    this.options = options
    this.numbers = numbersOf(context.bridge)
  }

  /** A message of ours; `id`: that of the message that an error answers. */
  frame<T extends OutWord>(type: T, fields: Fields<T>, id?: string): PlainFrame {
    const { context } = this
    return { id: id ?? context.nextId(), type, version: PROTOCOL_VERSION, timestamp: context.now(), ...fields }
  }

  /** Our patterns for subscriptions, as far as the client may listen to them; one that it may not hear anything of stays, to be refused. */
  patternsFor(subscriptions: Iterable<Subscription>): Set<string> {
    const { view } = this.context
    const wanted = new Set<string>()
    for (const subscription of subscriptions) {
      const itself = subscription.parts.join('.')
      const heard = [itself, ...sourcesOf(subscription)].filter((pattern) => view.mayHear(pattern))
      for (const pattern of heard.length > 0 ? heard : [itself]) wanted.add(pattern)
    }
    return wanted
  }
}

/** Names a vote, or without a voter a proposal, among what a connection says itself. */
export const voteOf = (ballot: string, voter: string | undefined): string => `${ballot} ${voter ?? ''}`
