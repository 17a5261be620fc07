/** The rules by which votes become a decision, as data. */
import { TroupeError } from '../errors.js'
import type { Rule } from '../protocol/words.js'

export interface RuleOptions {
  /** The share of voters, 0 to 1, that must have voted or abstained; default none. */
  readonly quorum?: number | undefined
  /** Voters whose vote against the first choice closes the ballot at once: with the other choice where there are two, else undecided. */
  readonly veto?: readonly string[] | undefined
}

const share = (name: string, value: number | undefined): number | undefined => {
  if (value !== undefined && !(value >= 0 && value <= 1))
    throw new TroupeError('INVALID_OPTION', `${name} expects a share from 0 to 1; got ${value}.`)
  return value
}

const make = (kind: Rule['kind'], options: RuleOptions, more: { share?: number } = {}): Rule => {
  const quorum = share('quorum', options.quorum)
  return { kind, ...more, ...(quorum === undefined ? {} : { quorum }), ...(options.veto ? { veto: [...options.veto] } : {}) }
}

/** More than half of all votes cast, abstentions aside, for one choice. */
export const majority = (options: RuleOptions = {}): Rule => make('majority', options)

/** At least this share (default 2/3) of all votes cast, abstentions aside, for one choice. */
export const supermajority = (options: RuleOptions & { readonly share?: number } = {}): Rule =>
  make('supermajority', options, { share: share('share', options.share) ?? 2 / 3 })

/** No vote for any other choice, and at least one for this. */
export const unanimous = (options: RuleOptions = {}): Rule => make('unanimous', options)

/** The most votes, provided this share of the voters (default half) took part; a tie decides nothing. */
export const quorum = (part = 0.5, options: Omit<RuleOptions, 'quorum'> = {}): Rule =>
  make('quorum', { ...options, quorum: part })
