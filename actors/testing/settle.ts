/** Waiting for a system to have nothing more to do. */
import type { System } from '../../src/system/system.js'

/** Looks in a row at which nothing may have happened: one turn may only have woken the next. */
const quietLooks = 3

/**
 * Resolves when nothing happens any more but what waits for time or for somebody outside: no event for three turns of the event loop,
 * and no message that could be handled.
 * A system that never rests, such as two agents that talk to each other without end, never settles; give it a limit of your own.
 *
 * @example
 * ada.send({ type: 'review', path: 'README.md' })
 * await settle(system)
 */
export const settle = async (system: Pick<System, 'journal' | 'clock' | 'resting'>): Promise<void> => {
  for (let quiet = 0, head = system.journal.head; quiet < quietLooks; ) {
    await new Promise<void>((resolve) => system.clock.yield(resolve))
    quiet = system.journal.head === head && system.resting ? quiet + 1 : 0
    head = system.journal.head
  }
}
