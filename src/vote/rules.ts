/** The rules by which votes become decisions, as data. */
import { TroupeError } from '../errors.js'
import type { Rule } from '../protocol/words.js'

export interface RuleOptions {
  /** The share of voters, 0 to 1, that must have voted or abstained; default none. */
  readonly quorum?: number | undefined
  /** Voters whose vote against the first choice closes the ballot at once: with the other choice where there are two, else undecided. */
  readonly veto?: readonly string[] | undefined
  /** How much the votes of these voters count; those of others count 1. Default: all the same. */
  readonly weights?: Readonly<Record<string, number>> | undefined
}

const share = (name: string, value: number | undefined): number | undefined => {
  if (value !== undefined && !(value >= 0 && value <= 1))
    throw new TroupeError('INVALID_OPTION', `${name} expects a share from 0 to 1; got ${value}.`)
  return value
}

/** More than any electorate needs, little enough that sums stay exact to a billionth. */
const heaviest = 1e9

const checkWeights = (weights: Readonly<Record<string, number>>): Record<string, number> => {
  for (const [voter, weight] of Object.entries(weights))
    if (!(weight >= 0 && weight <= heaviest))
      throw new TroupeError('INVALID_OPTION', `The weight of ${voter} expects a number from 0 to ${heaviest}; got ${weight}.`)
  return { ...weights }
}

const make = (kind: Rule['kind'], options: RuleOptions, more: { share?: number; confidence?: number } = {}): Rule => {
  const quorum = share('quorum', options.quorum)
  return {
    kind,
    ...more,
    ...(quorum === undefined ? {} : { quorum }),
    ...(options.veto ? { veto: [...options.veto] } : {}),
    ...(options.weights ? { weights: checkWeights(options.weights) } : {}),
  }
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

/**
 * More than half of the weight cast, or at least `share` of it where one is given, for one choice. A voter who is not named weighs 1.
 *
 * @example
 * weighted({ lead: 3, intern: 0.5 }, { share: 0.6 })
 */
export const weighted = (
  weights: Readonly<Record<string, number>>,
  options: Omit<RuleOptions, 'weights'> & { readonly share?: number } = {},
): Rule => {
  const part = share('share', options.share)
  return make('weighted', { ...options, weights }, part === undefined ? {} : { share: part })
}

/**
 * The most, each vote counted by how confident its voter is (0 to 1, default 1): a collective decision among many options. With
 * `confidence`, the winner needs that share of all confidence. A tie decides nothing.
 */
export const plurality = (options: RuleOptions & { readonly confidence?: number } = {}): Rule => {
  const part = share('confidence', options.confidence)
  return make('plurality', options, part === undefined ? {} : { confidence: part })
}
