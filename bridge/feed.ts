/** The events that one connection hears: by its patterns and its rights, each once, and how far it has come. */
import type { Gap } from '../src/journal/journal.js'
import type { Cursor, Envelope } from '../src/protocol/envelope.js'
import type { SessionEventOf } from '../src/protocol/session.js'
import { matches, parsePattern } from '../src/protocol/topic.js'
import type { System } from '../src/system/system.js'
import type { Rights } from './principal.js'

export class Feed {
  readonly #system: System
  readonly #push: (envelope: Envelope) => void
  readonly #unmarked: () => void
  readonly #listening = new Map<string, { readonly parts: readonly string[]; readonly stop: () => void }>()
  #rights: Rights
  /** The offset of the newest event that was considered: two patterns that both cover it deliver it once. */
  #last = 0
  #marked = 0

  constructor(system: System, rights: Rights, push: (envelope: Envelope) => void, unmarked: () => void) {
    this.#system = system
    this.#rights = rights
    this.#push = push
    this.#unmarked = unmarked
  }

  /** The rights have changed; what is delivered from now on is judged by these. */
  judge(rights: Rights): void {
    this.#rights = rights
  }

  /** Throws `FORBIDDEN` or `INVALID_MESSAGE`. A pattern that is heard already stays as it is. */
  add(pattern: string): void {
    this.#rights.needPattern(pattern)
    if (this.#listening.has(pattern)) return
    const stop = this.#system.listen(pattern, (envelope) => {
      if (envelope.offset <= this.#last) return
      this.#last = envelope.offset
      this.#deliver(envelope)
    })
    this.#listening.set(pattern, { parts: parsePattern(pattern), stop })
  }

  remove(pattern: string): void {
    this.#listening.get(pattern)?.stop()
    this.#listening.delete(pattern)
  }

  /**
   * Delivers what was missed since the cursor and returns the holes. What is published meanwhile has a higher offset than all that
   * is read here and is heard after it, so nothing falls between history and now, and nothing is told twice.
   */
  replay(cursor: Cursor): readonly Gap[] {
    const patterns = [...this.#listening.values()]
    const wanted = (topic: string) => {
      const parts = topic.split('.')
      return this.#rights.mayRead(topic) && patterns.some((pattern) => matches(pattern.parts, parts))
    }
    const { entries, gaps, cursor: end } = this.#system.journal.read(cursor, wanted)
    for (const envelope of entries) this.#deliver(envelope)
    this.#last = Math.max(this.#last, end.offset)
    return gaps
  }

  /** So many events were written so far. */
  written(sent: number): void {
    if (sent > this.#marked) this.#unmarked()
  }

  /** How far the client has come; undefined when there is nothing new to say. */
  mark(outbox: { readonly sent: number; readonly oldest: number | undefined }): SessionEventOf<'session.mark'> | undefined {
    if (outbox.sent === this.#marked) return undefined
    this.#marked = outbox.sent
    const { epoch, head } = this.#system.journal
    const { oldest } = outbox
    return { type: 'session.mark', dseq: outbox.sent, cursor: { epoch, offset: oldest === undefined ? head : oldest - 1 } }
  }

  close(): void {
    for (const { stop } of this.#listening.values()) stop()
    this.#listening.clear()
  }

  #deliver(envelope: Envelope): void {
    if (this.#rights.mayRead(envelope.topic)) this.#push(envelope)
  }
}
