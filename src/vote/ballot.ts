/** A ballot: votes as an RxJS stream, folded by the tally until the outcome is certain or time is up. */
import { Subject, scan } from 'rxjs'
import type { CancelTimer, Clock } from '../clock.js'
import { TroupeError } from '../errors.js'
import type { Event, EventOf } from '../protocol/event.js'
import type { Decision } from '../protocol/reply.js'
import type { Rule } from '../protocol/words.js'
import { type Count, decisionOf, isCertain } from './tally.js'

/** One voter's word. Without a choice the voter abstains. */
export interface Vote {
  readonly voter: string
  readonly choice: string | undefined
  readonly reason?: string | undefined
}

export interface BallotOptions {
  readonly id: string
  readonly question: string
  readonly choices: readonly string[]
  readonly voters: readonly string[]
  readonly rule: Rule
  readonly within?: number | undefined
  readonly swarm?: string | undefined
  readonly clock: Clock
  emit(event: Exclude<Event, EventOf<'message'>>, source: string): void
  /** Called once, when it has closed. */
  closed(): void
}

interface Fold extends Count {
  /** What each voter said last; -1 is an abstention. */
  readonly said: ReadonlyMap<string, number>
}

/** Opens at once and closes once. Throws `INVALID_MESSAGE` for a question that cannot be decided. */
export class Ballot {
  readonly id: string
  readonly deadline: number | undefined
  readonly outcome: Promise<Decision>
  readonly #options: BallotOptions
  readonly #voters: ReadonlySet<string>
  readonly #votes = new Subject<Vote>()
  #fold: Fold
  #open = true
  #cancelDeadline: CancelTimer = () => {}
  #settle: (decision: Decision) => void = () => {}

  constructor(options: BallotOptions) {
    const { choices, voters, within, clock } = options
    if (choices.length === 0 || new Set(choices).size !== choices.length)
      throw new TroupeError(
        'INVALID_MESSAGE',
        `A ballot needs choices that differ from each other; got ${JSON.stringify(choices).slice(0, 200)}.`,
      )
    const hostile = [...choices, ...voters].find((name) => name === '__proto__' || name === 'constructor' || name === 'prototype')
    if (hostile !== undefined)
      throw new TroupeError(
        'INVALID_MESSAGE',
        `${hostile} cannot be a choice or a voter: votes are written down under these names.`,
      )
    this.id = options.id
    this.#options = options
    this.#voters = new Set(voters)
    this.deadline = within === undefined ? undefined : clock.now() + within
    this.#fold = { choices, votes: choices.map(() => 0), abstained: 0, voters: this.#voters.size, said: new Map() }
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve
    })
    this.#votes.pipe(scan(count, this.#fold)).subscribe((fold) => {
      this.#fold = fold
    })
  }

  get open(): boolean {
    return this.#open
  }

  /** Says that it is open; called once, before the first vote. */
  start(): void {
    const { id, question, choices, voters, rule, swarm, within, clock } = this.#options
    this.#options.emit(
      {
        type: 'ballot.opened',
        id,
        question,
        choices: [...choices],
        voters: [...voters],
        rule,
        ...(this.deadline === undefined ? {} : { deadline: this.deadline }),
        ...(swarm ? { swarm } : {}),
      },
      'system',
    )
    if (within !== undefined) this.#cancelDeadline = clock.after(within, () => this.#close('deadline'))
    if (this.#voters.size === 0) this.#close('complete')
  }

  /** Casts or changes a vote. Throws `INVALID_STATE` when closed, `FORBIDDEN` for who is no voter, `INVALID_MESSAGE` for no choice of it. */
  vote({ voter, choice, reason }: Vote): void {
    if (!this.#open) throw new TroupeError('INVALID_STATE', `Ballot ${this.id} is closed; votes are no longer taken.`)
    if (!this.#voters.has(voter)) throw new TroupeError('FORBIDDEN', `${voter} is not among the voters of ballot ${this.id}.`)
    if (choice !== undefined && !this.#options.choices.includes(choice))
      throw new TroupeError(
        'INVALID_MESSAGE',
        `Ballot ${this.id} offers ${this.#options.choices.join(', ')}; got ${JSON.stringify(choice).slice(0, 80)}.`,
      )
    this.#votes.next({ voter, choice })
    this.#options.emit(
      {
        type: 'ballot.vote',
        id: this.id,
        voter,
        ...(choice === undefined ? {} : { choice }),
        ...(reason ? { reason: reason.slice(0, 10_000) } : {}),
      },
      voter,
    )
    const { veto = [] } = this.#options.rule
    if (veto.includes(voter) && choice !== undefined && choice !== this.#options.choices[0]) return this.#close('veto', choice)
    const vetoOpen = veto.some((id) => this.#voters.has(id) && !this.#fold.said.has(id))
    if (this.#fold.said.size === this.#voters.size) this.#close('complete')
    else if (isCertain(this.#options.rule, this.#fold, vetoOpen)) this.#close('decided')
  }

  cancel(): void {
    if (this.#open) this.#close('cancelled')
  }

  #close(reason: Decision['reason'], against?: string): void {
    if (!this.#open) return
    this.#open = false
    this.#cancelDeadline()
    this.#votes.complete()
    const { choices, votes, abstained, voters } = this.#fold
    const vetoed = against !== undefined && choices.length === 2 ? against : null
    const decision = reason === 'cancelled' ? null : reason === 'veto' ? vetoed : decisionOf(this.#options.rule, this.#fold)
    const byChoice = Object.fromEntries(choices.map((choice, at) => [choice, votes[at] ?? 0]))
    this.#options.emit(
      { type: 'ballot.status', id: this.id, state: 'closed', decision, reason, votes: byChoice, abstained },
      'system',
    )
    this.#options.closed()
    this.#settle({ decision, reason, votes: byChoice, abstained, voters })
  }
}

/** One vote more, or one changed. */
const count = (fold: Fold, { voter, choice }: Vote): Fold => {
  const votes = [...fold.votes]
  let { abstained } = fold
  const add = (at: number, by: 1 | -1) => {
    if (at < 0) abstained += by
    else votes[at] = (votes[at] ?? 0) + by
  }
  const before = fold.said.get(voter)
  const now = choice === undefined ? -1 : fold.choices.indexOf(choice)
  if (before !== undefined) add(before, -1)
  add(now, 1)
  // The map is the fold's own and grows in place: copying it for every vote would make ten thousand votes cost a hundred million steps.
  const said = fold.said as Map<string, number>
  said.set(voter, now)
  return { ...fold, votes, abstained, said }
}
