/** The outbox of one connection, tied to what all connections share. */
import type { Flushable } from './flusher.js'
import { Outbox } from './outbox.js'
import type { Shared } from './shared.js'
import type { Visit } from './visit.js'
import type { Voice } from './voice.js'
import type { Wire } from './ws.js'

export interface WayOut extends Flushable {
  readonly id: string
  readonly wire: Wire
  voice(): Voice
  visit(): Pick<Visit, 'mark' | 'may'> | undefined
  /** Told of the outbox as soon as there is one. */
  opened(outbox: Outbox): void
  /** The client does not read what it is sent. */
  stuck(): void
}

export const openOutbox = (shared: Shared, way: WayOut): Outbox => {
  const { system, flusher, traffic, limits } = shared
  const outbox: Outbox = new Outbox(way.wire, limits.outbox, {
    now: () => system.clock.now(),
    ...{ journal: system.journal, traffic, since: system.journal.head },
    dirty: () => flusher.dirty(way),
    held: () => flusher.held(way),
    may: (envelope) => way.visit()?.may(envelope) ?? true,
    lost: (topic: string) => shared.lost(way.id, topic),
    policyOf: (topic) => limits.delivery?.of(topic).drop ?? 'oldest',
    tellDropped: (dropped) => way.voice().tell(dropped),
    tellMark: () => {
      const mark = way.visit()?.mark(outbox.sent, outbox.oldest)
      return mark ? way.voice().tell(mark) : []
    },
    stuck: () => way.stuck(),
  })
  way.opened(outbox)
  return outbox
}
