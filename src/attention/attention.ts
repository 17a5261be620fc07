/** The one list of what needs a person: each thing once, in order of urgency, until somebody or something has dealt with it. */
import type { CancelTimer } from '../clock.js'
import { TroupeError } from '../errors.js'
import { needCount, needDuration } from '../given.js'
import type { AttentionQuery } from '../options.js'
import type { AttentionItem, AttentionKind } from '../protocol/attention.js'
import type { EventOf } from '../protocol/event.js'
import { level, type Priority } from '../protocol/priority.js'
import type { Host } from '../system/actor.js'
import { type Reach, within } from '../system/reach.js'

/** What came up. */
export interface Concern {
  readonly kind: AttentionKind
  readonly subject: string
  /** Tells concerns of the same kind and subject apart. Default: there is one. */
  readonly matter?: string | undefined
  readonly title: string
  readonly detail?: string | undefined
  readonly priority?: Priority | undefined
  readonly choices?: readonly string[] | undefined
  /** Milliseconds after which nobody needs to look at it any more. */
  readonly within?: number | undefined
  /** Whose it is. Default: that of whom it is about. */
  readonly reach?: Reach | undefined
  /** Whether somebody's work waits for it. Default false: it keeps no process alive. */
  readonly waits?: boolean | undefined
  /** Carries the answer out before the item ends; when it throws, the item stays. */
  readonly decide?: ((answer: string | undefined, by: string) => void) | undefined
  /** Told of its answer, or of its end without one. */
  readonly answered?: ((answer: string | undefined, by: string) => void) | undefined
}

/** Items that may be open; one more lets the oldest of the least urgent expire. */
const mostOpen = 1_000

type Change = EventOf<'system.attention'>['change']
type Attending = Pick<Host, 'clock' | 'ids' | 'emit' | 'view' | 'tenantOf'>

interface Open {
  readonly key: string
  count: number
  cancelExpiry: CancelTimer
  cancelSnooze: CancelTimer
  readonly answered: Concern['answered']
  readonly decide: Concern['decide']
}

export class Attention {
  readonly #host: Attending
  readonly #open = new Map<string, Open>()
  readonly #byKey = new Map<string, string>()

  constructor(host: Attending) {
    this.#host = host
  }

  /** One of the process before is still open. `decide`: how an answer to it is carried out now. */
  goOn(item: AttentionItem, decide?: Concern['decide']): void {
    const { id, kind, subject, count, expires, snoozedUntil } = item
    const now = this.#host.clock.now()
    // What told apart those of one kind and subject is not known any more: it may be raised again beside this one.
    const key = kind === 'approval' || kind === 'crash-loop' ? `${kind}\n${subject}\n` : `${kind}\n${subject}\n\n${id}`
    const open: Open = { key, count, cancelExpiry: () => {}, cancelSnooze: () => {}, answered: undefined, decide }
    this.#open.set(id, open)
    this.#byKey.set(key, id)
    const later = (at: number, run: () => void) => this.#host.clock.after(Math.max(0, at - now), run, { holds: false })
    if (expires !== undefined) open.cancelExpiry = later(expires, () => this.#end(id, 'expired', 'system'))
    if (item.state === 'snoozed') open.cancelSnooze = later(snoozedUntil ?? now, () => this.#reopen(id))
    // Who asked is no more, and what stood still begins anew.
    if (kind === 'question' || kind === 'stall') this.#end(id, 'expired', 'system')
  }

  /** Opens it, or counts it again. Returns its id. */
  raise(concern: Concern): string {
    const {
      kind,
      subject,
      matter = '',
      title,
      detail,
      priority = 'normal',
      choices,
      within,
      answered,
      decide,
      waits = false,
      reach = { tenant: this.#host.tenantOf(subject) },
    } = concern
    const key = `${kind}\n${subject}\n${matter}`
    const known = this.#byKey.get(key)
    if (known !== undefined) {
      this.#again(known, priority)
      return known
    }
    if (this.#open.size >= mostOpen) this.#makeRoom()
    const id = this.#host.ids.next()
    const now = this.#host.clock.now()
    const expires = within === undefined ? undefined : now + within
    const open: Open = { key, count: 1, cancelExpiry: () => {}, cancelSnooze: () => {}, answered, decide }
    if (within !== undefined) {
      const expire = () => this.#end(id, 'expired', 'system')
      open.cancelExpiry = this.#host.clock.after(within, expire, { holds: waits })
    }
    this.#open.set(id, open)
    this.#byKey.set(key, id)
    this.#say('opened', {
      ...{ id, kind, subject, title: title.slice(0, 10_000), priority, state: 'open', count: 1, openedAt: now, updatedAt: now },
      ...(detail === undefined ? {} : { detail: detail.slice(0, 10_000) }),
      ...(expires === undefined ? {} : { expires }),
      ...(choices ? { choices: [...choices] } : {}),
      ...(reach.tenant === undefined ? {} : { tenant: reach.tenant }),
    })
    return id
  }

  /** Its cause is gone. Nothing happens where it was not open. */
  settle(kind: AttentionKind, subject: string, matter = '', by = 'system', answer?: string): void {
    const id = this.#byKey.get(`${kind}\n${subject}\n${matter}`)
    if (id !== undefined) this.#end(id, 'resolved', by, answer)
  }

  /** The most urgent first, then the oldest. */
  list({ state, kind, subject, limit = 1_000 }: AttentionQuery = {}, reach?: Reach): AttentionItem[] {
    needCount('The limit of a list', limit, 0, 'INVALID_MESSAGE')
    return [...this.#host.view.attention.values()]
      .filter(({ tenant }) => within(reach, tenant))
      .filter((each) => state === undefined || each.state === state)
      .filter((each) => kind === undefined || each.kind === kind)
      .filter((each) => subject === undefined || each.subject === subject)
      .sort((a, b) => level(b.priority) - level(a.priority) || a.openedAt - b.openedAt)
      .slice(0, limit)
  }

  /** Somebody looks at it. Throws `NOT_FOUND`, and `INVALID_STATE` naming who was first. */
  acknowledge(id: string, by: string, reach?: Reach): void {
    const { item } = this.#need(id, reach)
    this.#say('acknowledged', { ...without(item), state: 'acknowledged', by })
  }

  /** Out of sight for so many milliseconds. */
  snooze(id: string, milliseconds: number, by: string, reach?: Reach): void {
    const { item, open } = this.#need(id, reach)
    needDuration('A snooze', milliseconds, 'INVALID_MESSAGE')
    open.cancelSnooze()
    open.cancelSnooze = this.#host.clock.after(milliseconds, () => this.#reopen(id), { holds: false })
    this.#say('snoozed', { ...without(item), state: 'snoozed', by, snoozedUntil: this.#host.clock.now() + milliseconds })
  }

  /** Deals with it; the first answer counts. Throws `INVALID_MESSAGE` for an answer that is not among its choices. */
  resolve(id: string, by: string, answer?: string, reach?: Reach): void {
    const { item, open } = this.#need(id, reach)
    if (item.choices && (answer === undefined || !item.choices.includes(answer)))
      throw new TroupeError(
        'INVALID_MESSAGE',
        `The answer to ${id} is one of ${item.choices.join(', ')}; got ${JSON.stringify(answer ?? null).slice(0, 80)}.`,
      )
    open.decide?.(answer, by)
    this.#end(id, 'resolved', by, answer)
  }

  close(): void {
    for (const id of [...this.#open.keys()]) this.#end(id, 'expired', 'system')
  }

  #again(id: string, priority: Priority): void {
    const item = this.#host.view.attention.get(id)
    const open = this.#open.get(id)
    if (!item || !open) return
    const count = ++open.count
    const rises = level(priority) > level(item.priority)
    // What comes up a thousand times is not told a thousand times.
    if (!rises && !isRound(count)) return
    if (rises && item.state === 'snoozed') open.cancelSnooze()
    const state = rises && item.state === 'snoozed' ? 'open' : item.state
    this.#say('repeated', { ...item, count, state, priority: rises ? priority : item.priority })
  }

  #reopen(id: string): void {
    const item = this.#host.view.attention.get(id)
    if (item?.state === 'snoozed') this.#say('reopened', { ...without(item), state: 'open' })
  }

  #end(id: string, state: 'resolved' | 'expired', by: string, answer?: string): void {
    const open = this.#open.get(id)
    const item = this.#host.view.attention.get(id)
    if (!open || !item) return
    open.cancelExpiry()
    open.cancelSnooze()
    this.#open.delete(id)
    this.#byKey.delete(open.key)
    const ended = { ...without(item), count: open.count, state, by, ...(answer === undefined ? {} : { answer }) }
    this.#say(state, ended)
    open.answered?.(state === 'resolved' ? answer : undefined, by)
  }

  #makeRoom(): void {
    let least: AttentionItem | undefined
    for (const id of this.#open.keys()) {
      const item = this.#host.view.attention.get(id)
      if (item && (!least || level(item.priority) < level(least.priority))) least = item
      // Nothing is less urgent, and these are in the order of their age.
      if (least?.priority === 'low') break
    }
    if (least) this.#end(least.id, 'expired', 'system')
  }

  #need(id: string, reach: Reach | undefined): { readonly item: AttentionItem; readonly open: Open } {
    const known = this.#host.view.attention.get(id)
    const item = known && within(reach, known.tenant) ? known : undefined
    const open = this.#open.get(id)
    if (item && open) return { item, open }
    if (!item) throw new TroupeError('NOT_FOUND', `Nothing that needs attention has the id ${id}.`)
    throw new TroupeError('INVALID_STATE', `${id} is ${item.state} already, by ${item.by ?? 'nobody'}.`)
  }

  #say(change: Change, item: AttentionItem): void {
    const { priority } = item
    this.#host.emit(
      { type: 'system.attention', change, ...item, updatedAt: this.#host.clock.now() },
      { priority, source: item.by ?? 'system', tenant: item.tenant },
    )
  }
}

/** The item as it was before somebody did something with it. */
const without = ({ by: _, snoozedUntil: __, ...item }: AttentionItem): AttentionItem => item

/** 1, 2, 5, 10, 20, 50 … */
const isRound = (count: number): boolean => /^[125]0*$/.test(String(count))
