/** What is put to the vote, and to whom. */
import type { Cause } from '../protocol/envelope.js'
import type { Rule } from '../protocol/words.js'

export interface Poll {
  readonly id: string
  readonly question: string
  /** Ids of voters, or the swarm whose members vote, those who join while it is open included. */
  readonly voters: readonly string[] | { readonly swarm: string }
  readonly choices: readonly string[]
  readonly rule?: Rule | undefined
  readonly within?: number | undefined
  /** What an agent without an opinion votes. Default: it abstains. */
  readonly fallback?: string | undefined
  /** Whether an agent without an opinion is waited for, since somebody may vote as it. Default: it votes the fallback. */
  readonly waits?: boolean | undefined
  /** Whether nobody asks for its outcome any more when the process has ended: it is cancelled then. Default: false. */
  readonly passing?: boolean | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly cause?: Cause | undefined
}
