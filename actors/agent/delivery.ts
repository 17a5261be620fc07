/** Letters and tasks brought to an agent's handlers, and what comes of them. */
import { isOurs, TroupeError, toTroupeError } from '../../src/errors.js'
import type { AgentState } from '../../src/protocol/states.js'
import type { Letter, Work } from '../../src/system/actor.js'
import type { BallotPaper } from '../../src/system/voter.js'
import type { Behaviour } from './behaviour.js'
import type { Death } from './death-watch.js'
import { calling, spanOf, within } from './handling.js'
import type { InHand } from './in-hand.js'
import type { Mailbox } from './mailbox.js'
import { promised } from './promised.js'
import { Run, type RunOwner } from './run.js'
import { Saver } from './saver.js'

/** What a delivery asks of its agent. */
export interface Receiver extends RunOwner {
  /** Work has begun that does not end at once. */
  began(): void
  /** Work has ended; there may be room for more. */
  settled(): void
  readonly state: AgentState
  memory: unknown
  crash(error: TroupeError): void
}

export class Delivery {
  readonly #receiver: Receiver
  readonly #behaviour: Behaviour
  readonly #inHand: InHand
  readonly #mailbox: Mailbox
  readonly #saver: Saver

  constructor(receiver: Receiver, behaviour: Behaviour, inHand: InHand, mailbox: Mailbox) {
    this.#receiver = receiver
    this.#behaviour = behaviour
    this.#inHand = inHand
    this.#mailbox = mailbox
    this.#saver = new Saver(receiver, behaviour)
  }

  /** A synchronous handler causes no transition: that is what makes messages cheap. `after` is called when it has ended. */
  letter(given: Letter, after?: () => void): void {
    const span = spanOf(given, this.#receiver)
    const letter = within(given, span)
    const { message } = letter
    const run = new Run(this.#receiver, letter, undefined)
    run.after = after
    run.traced = span
    const handler = letter.hook ? this.#hookOf(letter.hook) : this.#behaviour.handler(message.type)
    if (!handler) {
      if (!letter.hook) this.#mailbox.dead(letter, 'no-handler')
      span?.end({ code: 'NO_HANDLER' })
      return after?.()
    }
    let result: unknown
    this.#inHand.enter(run)
    try {
      result = calling(run, () => handler(message, run))
    } catch (thrown) {
      this.#inHand.leave()
      return this.#failed(run, thrown)
    }
    const promise = promised(result)
    if (promise !== undefined) this.#inHand.add(run)
    this.#inHand.leave()
    if (promise === undefined) return this.#succeeded(run, result)
    this.#receiver.began()
    this.#await(run, promise)
  }

  /** What a hook is shown was put into its message by the mailbox. */
  #hookOf(hook: NonNullable<Letter['hook']>): ((message: Letter['message'], run: Run) => unknown) | undefined {
    const { ballot, ended } = this.#behaviour
    if (hook === 'ballot') return ballot && ((message, run) => ballot(message['ballot'] as BallotPaper, run))
    return ended && ((message, run) => ended(message['death'] as Death, run))
  }

  task(work: Work): void {
    const run = new Run(this.#receiver, undefined, work)
    this.#inHand.add(run)
    this.#receiver.began()
    let result: unknown
    try {
      work.begin()
      const handler = this.#behaviour.handler(work.message.type)
      // Checked when the task was assigned; asked again because a swarm's tasks meet their agent late.
      if (!handler) throw new TroupeError('NO_HANDLER', `Agent ${run.id} does not hear ${work.message.type}.`)
      const handled = () => handler(work.message, run)
      result = calling(run, () => (work.once ? this.#once(run, handled) : handled()))
    } catch (thrown) {
      return this.#settle(run, () => this.#failed(run, thrown))
    }
    const promise = promised(result)
    if (promise !== undefined) this.#await(run, promise)
    else this.#settle(run, () => this.#succeeded(run, result))
  }

  /** What is done once is not begun before it is known that it was. */
  async #once(run: Run, begin: () => unknown): Promise<unknown> {
    await run.host.kept()
    if (run.why) throw run.why
    return begin()
  }

  #await(run: Run, result: Promise<unknown>): void {
    result.then(
      (value) => this.#settle(run, () => this.#succeeded(run, value)),
      (thrown: unknown) => this.#settle(run, () => this.#failed(run, thrown)),
    )
  }

  #settle(run: Run, outcome: () => void): void {
    // Not there any more: it was left behind, and its outcome was told then.
    if (!this.#inHand.remove(run)) return
    // What was aborted has that as its outcome, however it ended: it may have ended half-way without saying so.
    if (run.kept) run.traced?.end()
    if (run.kept) this.#keep(run)
    else if (run.why) this.#failed(run, run.why)
    else outcome()
    this.#receiver.settled()
  }

  /** It was handled, however that went: nobody has to go on with it. */
  #handled({ letter, host }: Run, crashed = false): void {
    if (letter?.record !== undefined) host.keeper?.drop('letter', letter.record)
    if (!crashed) this.#saver.changed()
  }

  /** What was put down is begun anew. */
  #keep({ letter, work, id }: Run): void {
    work?.putBack(`agent ${id} was frozen`)
    if (!letter) return
    this.#mailbox.putBack(letter)
    const { state } = this.#receiver
    if (state === 'stopping' || state === 'stopped') this.#mailbox.close()
  }

  #succeeded(run: Run, value: unknown): void {
    this.#handled(run)
    run.traced?.end()
    run.work?.done(value)
    run.letter?.reply?.(undefined, value)
    run.after?.()
  }

  /** A `TroupeError` is an expected failure and ends the work; anything else is a crash of the agent. */
  #failed(run: Run, thrown: unknown): void {
    const crashed = !run.why && !isOurs(thrown)
    const error = toTroupeError(thrown, 'CRASHED')
    this.#handled(run, crashed)
    run.traced?.end(error)
    if (crashed) this.#receiver.crash(error)
    run.work?.fail(error)
    if (run.letter?.reply) run.letter.reply(error, undefined)
    else if (run.letter && run.why && !run.letter.hook) this.#receiver.host.deadLetter(run.id, run.letter, 'crashed')
    else if (!crashed && run.letter && !run.why)
      this.#receiver.host.report(`agent ${run.id} handling ${run.letter.message.type}`, error)
    run.after?.()
  }
}
