/** The letters that wait for an agent, and what becomes of those that cannot be delivered. */
import { TroupeError } from '../../src/errors.js'
import { Lanes } from '../../src/lanes.js'
import type { Host, Letter, NotTaken } from '../../src/system/actor.js'
import type { Overflow, SpawnOptions } from '../../src/system/definition.js'
import type { BallotPaper, Voice } from '../../src/system/voter.js'
import type { Death } from './death-watch.js'

type MailboxOptions = NonNullable<SpawnOptions['mailbox']>

type Undelivered = NotTaken | 'expired' | 'no-handler'

const codes = { stopped: 'NOT_RUNNING', expired: 'EXPIRED', 'no-handler': 'NO_HANDLER', 'mailbox-full': 'QUEUE_FULL' } as const

/** The system's own word, which is told once: it comes through however full the mailbox is. */
const isForHook = ({ hook }: Letter): boolean => hook !== undefined

/** A message is an entity of its own: a more urgent one overtakes, whoever sent it; within a priority the order is that of arrival. */
export class Mailbox {
  readonly #id: string
  readonly #host: Host
  readonly #lanes: Lanes<Letter>
  readonly #overflow: Overflow
  readonly #steers: Letter[] = []
  readonly #begun: Letter[] = []
  /** Those that do not wait for room; absent where none of them is heard. */
  readonly #prompt: { readonly types: ReadonlySet<string>; readonly lanes: Lanes<Letter> } | undefined

  constructor(id: string, host: Host, options: MailboxOptions, whileBusy?: ReadonlySet<string>) {
    const { capacity = 10_000, overflow = 'drop-oldest' } = typeof options === 'number' ? { capacity: options } : options
    this.#id = id
    this.#host = host
    this.#overflow = overflow
    const onDrop = (letter: Letter) => void this.dead(letter, 'mailbox-full')
    this.#lanes = new Lanes({ capacity, onDrop, keeps: isForHook })
    if (whileBusy) this.#prompt = { types: whileBusy, lanes: new Lanes({ capacity, onDrop }) }
  }

  /** Letters that wait. */
  get size(): number {
    return this.#lanes.size + (this.#prompt?.lanes.size ?? 0) + this.#steers.length + this.#begun.length
  }

  /** Whether whoever sends from afar is to be told that there is no room. */
  get crowded(): boolean {
    return this.#overflow === 'refuse' && this.#lanes.full
  }

  nextSteer(): Letter | undefined {
    for (let letter = this.#steers.shift(); letter; letter = this.#steers.shift()) if (this.#isAlive(letter)) return letter
    return undefined
  }

  /** Was begun already, and comes before what was not. Whatever becomes of it, it may have done something. */
  putBack(letter: Letter): void {
    this.#begun.push({ ...letter, lost: undefined })
  }

  /** The end of somebody who is watched waits like a letter. */
  death(death: Death): void {
    this.push({ message: { type: 'ended', death }, priority: 'high', from: 'system', hook: 'ended' })
  }

  /** Since when the message that has waited longest waits, where that is written on them. */
  get oldest(): number | undefined {
    const waiting = [...this.#steers, ...this.#begun, ...(this.#prompt?.lanes.firsts() ?? []), ...this.#lanes.firsts()]
    const times = waiting.flatMap(({ since }) => (since === undefined ? [] : [since]))
    return times.length > 0 ? Math.min(...times) : undefined
  }

  /** Returns why it was not taken in, where it was not: it is dead then, as is another that had to go for it. */
  push(letter: Letter): NotTaken | undefined {
    if (this.#host.stampsLetters) letter.since = this.#host.clock.now()
    if (letter.steers) return void this.#steers.push(letter)
    const prompt = !letter.hook && this.#prompt?.types.has(letter.message.type) ? this.#prompt.lanes : undefined
    if (!prompt && this.#refusesNow(letter)) return this.dead(letter, 'mailbox-full')
    return (prompt ?? this.#lanes).push(letter, letter.priority) === letter ? 'mailbox-full' : undefined
  }

  #refusesNow(letter: Letter): boolean {
    if (isForHook(letter) || !this.#lanes.full || this.#overflow === 'drop-oldest') return false
    return this.#overflow !== 'fail-ask' || letter.reply !== undefined
  }

  /** A ballot paper waits like a letter. A hook that ends without a vote, or throws, was silent. */
  ballot(ballot: BallotPaper, voice: Voice): void {
    let voted = false
    this.push({
      message: { type: 'ballot', ballot },
      priority: 'critical',
      from: 'system',
      hook: 'ballot',
      vote: (choice, options) => {
        voice.vote(choice, options)
        voted = true
      },
      reply: (error) => {
        const gone = error?.code === 'NOT_RUNNING' || error?.code === 'CANCELLED' || error?.code === 'KILLED'
        if (!voted) voice.silent('it did not vote', gone)
      },
    })
  }

  /** The next letter that is still alive; without `room` for work, only one that does not wait for it. */
  next(room: boolean): Letter | undefined {
    for (let letter = this.#prompt?.lanes.shift(); letter; letter = this.#prompt?.lanes.shift())
      if (this.#isAlive(letter)) return taken(letter)
    if (!room) return undefined
    if (this.#steers.length > 0 || this.#begun.length > 0) {
      const first = this.nextSteer() ?? this.#begun.shift()
      if (first) return taken(first)
    }
    for (let letter = this.#lanes.shift(); letter; letter = this.#lanes.shift()) if (this.#isAlive(letter)) return taken(letter)
    return undefined
  }

  close(): void {
    const waiting = [
      ...this.#steers.splice(0),
      ...this.#begun.splice(0),
      ...(this.#prompt?.lanes.clear() ?? []),
      ...this.#lanes.clear(),
    ]
    for (const letter of waiting) this.dead(letter, 'stopped')
  }

  /** What is too late is told so. */
  #isAlive(letter: Letter): boolean {
    if (letter.expires === undefined || letter.expires > this.#host.clock.now()) return true
    this.dead(letter, 'expired')
    return false
  }

  dead<R extends Undelivered>(letter: Letter, reason: R): R {
    letter.taken?.()
    if (!letter.hook) this.#host.deadLetter(this.#id, letter, reason)
    letter.reply?.(
      new TroupeError(codes[reason], `Agent ${this.#id} could not take ${letter.message.type}: ${reason}.`),
      undefined,
    )
    return reason
  }
}

const taken = (letter: Letter): Letter => {
  letter.taken?.()
  return letter
}
