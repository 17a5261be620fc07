/** A ballot: votes as an RxJS stream, folded until the outcome is certain or time is up. */
import { Subject, scan } from 'rxjs'
import type { CancelTimer, Clock } from '../clock.js'
import { TroupeError } from '../errors.js'
import { needDuration } from '../given.js'
import type { Event, EventOf } from '../protocol/event.js'
import type { Decision } from '../protocol/reply.js'
import type { BallotView } from '../protocol/view.js'
import type { Rule } from '../protocol/words.js'
import { type Fold, openFold, step, type Word } from './fold.js'
import { decisionOf, isCertain, shareOf } from './tally.js'

/** One voter's word. Without a choice the voter abstains. */
export interface Vote {
  readonly voter: string
  readonly choice: string | undefined
  readonly reason?: string | undefined
  /** How sure the voter is, 0 to 1; default 1. Only `plurality` counts it. */
  readonly confidence?: number | undefined
}

export interface BallotOptions {
  readonly id: string
  readonly question: string
  readonly choices: readonly string[]
  readonly voters: readonly string[]
  readonly rule: Rule
  readonly within?: number | undefined
  readonly swarm?: string | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly clock: Clock
  /** How it was in the process before: it is open already. */
  readonly past?: Pick<BallotView, 'deadline' | 'votes' | 'confidences'> | undefined
  emit(event: Exclude<Event, EventOf<'message'>>, source: string): void
  /** Called once, when it has closed. */
  closed(): void
}

/** Opens at once and closes once. Throws `INVALID_MESSAGE` for a question that cannot be decided. */
export class Ballot {
  readonly id: string
  readonly deadline: number | undefined
  readonly outcome: Promise<Decision>
  readonly #options: BallotOptions
  readonly #words = new Subject<Word>()
  #fold: Fold
  #open = true
  #cancelDeadline: CancelTimer = () => {}
  #settle: (decision: Decision) => void = () => {}

  constructor(options: BallotOptions) {
    const { choices, voters, rule, within, clock } = options
    if (choices.length === 0 || new Set(choices).size !== choices.length)
      throw new TroupeError(
        'INVALID_MESSAGE',
        `A ballot needs choices that differ from each other; got ${JSON.stringify(choices).slice(0, 200)}.`,
      )
    needDuration('The time within which a ballot closes', within, 'INVALID_MESSAGE')
    for (const name of [...choices, ...voters]) refuseHostile(name)
    this.id = options.id
    this.#options = options
    this.deadline = options.past ? options.past.deadline : within === undefined ? undefined : clock.now() + within
    this.#fold = openFold(rule, choices, voters)
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve
    })
    this.#words.pipe(scan(step, this.#fold)).subscribe((fold) => {
      this.#fold = fold
    })
    for (const [voter, choice] of Object.entries(options.past?.votes ?? {})) this.#recall(voter, choice)
  }

  /** What a voter said in the process before. */
  #recall(voter: string, choice: string | null): void {
    const { choices, past } = this.#options
    if (!this.#fold.electorate.has(voter)) return
    const confidence = past?.confidences?.[voter] ?? 1
    this.#words.next({ kind: 'vote', voter, choice: choice === null ? -1 : choices.indexOf(choice), confidence })
  }

  get open(): boolean {
    return this.#open
  }

  /** Whether a vote of theirs would be taken now. */
  hears(voter: string): boolean {
    return this.#open && this.#fold.electorate.has(voter)
  }

  /** Whether a voter has voted or abstained. */
  hasSaid(voter: string): boolean {
    return this.#fold.electorate.get(voter) !== undefined
  }

  /** Says that it is open; called once, before the first vote. */
  start(): void {
    const { id, question, choices, voters, rule, swarm, clock, metadata, past } = this.#options
    const { deadline } = this
    if (deadline !== undefined)
      this.#cancelDeadline = clock.after(Math.max(0, deadline - clock.now()), () => this.#close('deadline'))
    if (past) {
      this.#judge()
      // Nobody votes any more where time was up before it came back.
      if (deadline !== undefined && deadline <= clock.now()) this.#close('deadline')
      return
    }
    this.#options.emit(
      {
        type: 'ballot.opened',
        id,
        question,
        choices: [...choices],
        voters: [...voters],
        rule,
        ...(deadline === undefined ? {} : { deadline }),
        ...(swarm ? { swarm } : {}),
        ...(metadata ? { metadata } : {}),
      },
      'system',
    )
    if (this.#fold.voters === 0) this.#close('complete')
  }

  /**
   * Casts or changes a vote. Throws `INVALID_STATE` when closed, `FORBIDDEN` for who is no voter, `INVALID_MESSAGE` for no choice of
   * it or a confidence that is none.
   */
  vote({ voter, choice, reason, confidence }: Vote): void {
    const { choices, rule } = this.#options
    if (!this.#open) throw new TroupeError('INVALID_STATE', `Ballot ${this.id} is closed; votes are no longer taken.`)
    if (!this.#fold.electorate.has(voter))
      throw new TroupeError('FORBIDDEN', `${voter} is not among the voters of ballot ${this.id}.`)
    const at = choice === undefined ? -1 : choices.indexOf(choice)
    if (choice !== undefined && at < 0)
      throw new TroupeError(
        'INVALID_MESSAGE',
        `Ballot ${this.id} offers ${choices.join(', ')}; got ${JSON.stringify(choice).slice(0, 80)}.`,
      )
    if (confidence !== undefined && !(confidence >= 0 && confidence <= 1))
      throw new TroupeError('INVALID_MESSAGE', `A vote's confidence is a number from 0 to 1; got ${confidence}.`)
    this.#words.next({ kind: 'vote', voter, choice: at, confidence: confidence ?? 1 })
    this.#options.emit(
      {
        type: 'ballot.vote',
        id: this.id,
        voter,
        ...(choice === undefined ? {} : { choice }),
        ...(reason ? { reason: reason.slice(0, 10_000) } : {}),
        ...(confidence === undefined ? {} : { confidence }),
      },
      voter,
    )
    if (rule.veto?.includes(voter) && at > 0) this.#close('veto', choice)
    else this.#judge()
  }

  /** One voter more. Somebody who is one already, and a ballot that is closed, stay as they are: false. */
  join(voter: string): boolean {
    if (!this.#open || this.#fold.electorate.has(voter)) return false
    refuseHostile(voter)
    this.#words.next({ kind: 'joined', voter })
    this.#options.emit({ type: 'ballot.voter', id: this.id, voter, change: 'joined' }, 'system')
    return true
  }

  /** A voter is gone. What they cast stands; who has said nothing is no voter any more, and is not waited for. */
  leave(voter: string): void {
    if (!this.#open || !this.#fold.electorate.has(voter) || this.#fold.electorate.get(voter)) return
    this.#words.next({ kind: 'left', voter })
    this.#options.emit({ type: 'ballot.voter', id: this.id, voter, change: 'left' }, 'system')
    this.#judge()
  }

  cancel(): void {
    if (this.#open) this.#close('cancelled')
  }

  /** Closes it when nothing that may still come changes the outcome. Listeners of the vote may have closed it already. */
  #judge(): void {
    if (!this.#open) return
    const { rule } = this.#options
    const { electorate, present, voters } = this.#fold
    const vetoOpen = rule.veto?.some((id) => electorate.has(id) && !electorate.get(id)) ?? false
    if (present >= voters) this.#close('complete')
    else if (isCertain(rule, this.#fold, vetoOpen)) this.#close('decided')
  }

  #close(reason: Decision['reason'], against?: string): void {
    if (!this.#open) return
    this.#open = false
    this.#cancelDeadline()
    this.#words.complete()
    const { rule } = this.#options
    const { choices, votes, abstained, voters } = this.#fold
    const vetoed = against !== undefined && choices.length === 2 ? against : null
    const decision = reason === 'cancelled' ? null : reason === 'veto' ? vetoed : decisionOf(rule, this.#fold)
    const byChoice = Object.fromEntries(choices.map((choice, at) => [choice, votes[at] ?? 0]))
    const sure = rule.kind === 'plurality' ? { confidence: shareOf(this.#fold, decision) } : {}
    this.#options.emit(
      { type: 'ballot.status', id: this.id, state: 'closed', decision, reason, votes: byChoice, abstained, ...sure },
      'system',
    )
    this.#options.closed()
    this.#settle({ decision, reason, votes: byChoice, abstained, voters, ...sure })
  }
}

const refuseHostile = (name: string): void => {
  if (name === '__proto__' || name === 'constructor' || name === 'prototype')
    throw new TroupeError('INVALID_MESSAGE', `${name} cannot be a choice or a voter: votes are written down under these names.`)
}
