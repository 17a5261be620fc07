/** Says something again and again, only while somebody listens to it. */
import type { CancelTimer } from '../../src/clock.js'
import type { Event, EventOf } from '../../src/protocol/event.js'
import type { System } from '../../src/system/system.js'

type Said = Exclude<Event, EventOf<'message'>>

/**
 * Says what `find` finds on its topic as soon as somebody listens, and then every `interval` milliseconds until nobody does. Returns how
 * to stop; twice is fine.
 */
export const broadcast = (system: System, topic: Said['type'], interval: number, find: () => Promise<Said>): (() => void) =>
  system.whileHeard(topic, () => {
    let over = false
    let cancel: CancelTimer | undefined
    const round = async (): Promise<void> => {
      try {
        const event = await find()
        // Who listened may have gone while it was looked for.
        // The next one says how it is then, so an old one is of no use.
        if (!over) system.announce(event, 'system', undefined, 'low', 2 * interval)
      } catch (thrown) {
        system.report(`saying ${topic}`, thrown)
      }
      if (!over) cancel = system.clock.after(interval, () => void round(), { holds: false })
    }
    void round()
    return () => {
      over = true
      cancel?.()
    }
  })
