/** The messages that could not be delivered, kept for a while so that somebody can look at them and send them again. */
import { TroupeError } from '../errors.js'
import { needCount } from '../given.js'
import type { DeadLetterQuery } from '../options.js'
import type { EventOf } from '../protocol/event.js'
import type { DeadLetter } from '../protocol/reply.js'
import type { DeadLetterRecord } from '../recovery/records.js'
import type { Host, Letter } from './actor.js'
import { type Reach, within } from './reach.js'

export interface DeadLettersOptions {
  /** How many are kept; beyond, the oldest of the tenant that has most goes. */
  readonly keep: number
  /** How often one may be sent again. */
  readonly replays: number
}

type Reason = EventOf<'system.dead-letter'>['reason']

interface Kept extends DeadLetter {
  readonly letter: Letter
  readonly number: number
  /** Where something is missing that no process had written down. */
  readonly without?: readonly string[]
}

const whose = (reach: Reach | undefined) => (reach?.tenant === undefined ? {} : { tenant: reach.tenant })

export class DeadLetters {
  readonly #options: DeadLettersOptions
  readonly #host: Pick<Host, 'keeper'>
  readonly #kept = new Map<string, Kept>()

  constructor(host: Pick<Host, 'keeper'>, options: DeadLettersOptions) {
    this.#host = host
    this.#options = options
  }

  /** One of the process before: the oldest comes first. */
  goOn(
    id: string,
    { to, from, message, reason, priority, at, replays, cause, unread, number }: DeadLetterRecord,
    reach: Reach | undefined,
    without: readonly string[],
  ): void {
    const letter: Letter = { message, from, priority, cause, unread, reach, dead: id }
    this.#kept.set(id, { id, to, from, message, reason, priority, at, replays, letter, number, without, ...whose(reach) })
    this.#trim()
  }

  #trim(): void {
    if (this.#kept.size <= this.#options.keep) return
    // Whose many letters nobody takes has no others' forgotten.
    const counts = new Map<string | undefined, number>()
    for (const { tenant } of this.#kept.values()) counts.set(tenant, (counts.get(tenant) ?? 0) + 1)
    const most = Math.max(...counts.values())
    for (const [id, { tenant }] of this.#kept) if (counts.get(tenant) === most) return this.#forget(id)
  }

  #remember(id: string): void {
    const kept = this.#kept.get(id)
    if (!kept || !this.#host.keeper) return
    const { to, from, reason, priority, at, replays, letter, number } = kept
    const { message, cause, unread, reach } = letter
    this.#host.keeper.keep('dead-letter', id, { to, from, message, reason, priority, at, replays, cause, unread, number }, reach)
  }

  #forget(id: string): void {
    this.#kept.delete(id)
    this.#host.keeper?.drop('dead-letter', id)
  }

  /** Keeps it as it was, less whoever waited for its answer. One that was sent again keeps its count. */
  keep(
    id: string,
    to: string,
    sent: Pick<Letter, 'message' | 'from' | 'cause'> & Partial<Letter>,
    reason: Reason,
    at: number,
  ): void {
    const { message, from, cause, unread, reach, without = [], priority = 'normal' } = sent
    const replays = this.#kept.get(id)?.replays ?? 0
    this.#kept.delete(id)
    const letter: Letter = { message, from, priority, cause, unread, reach, dead: id }
    const number = this.#host.keeper?.next() ?? 0
    this.#kept.set(id, { id, to, from, message, reason, priority, at, replays, letter, number, without, ...whose(reach) })
    this.#remember(id)
    this.#trim()
  }

  /** The newest first. */
  list({ to, reason, before, limit = 100 }: DeadLetterQuery = {}, reach?: Reach): DeadLetter[] {
    needCount('The limit of a list', limit, 0, 'INVALID_MESSAGE')
    const found: DeadLetter[] = []
    let passed = before === undefined
    for (const { letter: _, without: __, number: ___, ...each } of [...this.#kept.values()].reverse()) {
      if (!within(reach, each.tenant)) continue
      if (passed && (to === undefined || each.to === to) && (reason === undefined || each.reason === reason)) found.push(each)
      if (each.id === before) passed = true
      if (found.length >= limit) break
    }
    return found
  }

  /** To whom it goes, and what. Throws `NOT_FOUND` for one that is not kept, `TOO_MANY` for one that was sent again too often. */
  take(id: string, reach?: Reach): Pick<DeadLetter, 'to' | 'replays' | 'tenant'> & { readonly letter: Letter } {
    const kept = this.#kept.get(id)
    if (!kept || !within(reach, kept.tenant))
      throw new TroupeError('NOT_FOUND', `There is no dead letter ${id} here; the last ${this.#options.keep} are kept.`)
    if (kept.replays >= this.#options.replays)
      throw new TroupeError('TOO_MANY', `The dead letter ${id} was sent again ${kept.replays} times, as often as may be.`)
    const [missing] = kept.without ?? []
    if (missing !== undefined)
      throw new TroupeError(
        'INVALID_STATE',
        `The dead letter ${id} is of a process before; ${missing} looks like a secret and was kept nowhere: send it anew.`,
      )
    const replays = kept.replays + 1
    this.#kept.set(id, { ...kept, replays })
    this.#remember(id)
    return { ...kept, replays }
  }
}
