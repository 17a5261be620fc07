/** How an agent is asked to vote. */
import type { Cast } from '../options.js'

/** How a voter is heard. */
export interface Voice {
  readonly vote: Cast
  /** It has no opinion of its own. */
  none(): void
  /** It was asked and has ended without a word: `gone` when that was not its own doing. */
  silent(reason: string, gone: boolean): void
}

/** What a voter is shown. */
export interface BallotPaper {
  readonly id: string
  readonly question: string
  readonly choices: readonly string[]
  readonly voters: readonly string[]
  readonly deadline?: number | undefined
  /** What one without an opinion votes; absent: it abstains. */
  readonly fallback?: string | undefined
}
