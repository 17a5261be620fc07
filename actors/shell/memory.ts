/** How much memory processes hold together, what they share counted once. */
// Processes live in the machine's time, whatever clock the system is given.
import { systemClock } from '../../src/clock.js'
import { residentMemory, shareOfMemory } from './process-table.js'

/** What is shared is looked up at most this part of the time: the kernel goes through every page for it. */
const share = 1 / 20

export class Memory {
  /** By how much what is resident in all is more than what they hold, at the last look. */
  #shared = 0
  #next = 0

  /** Bytes that these processes hold now. What is shared is as it was a moment ago where looking it up takes long. */
  of(pids: readonly number[]): number {
    const resident = pids.map(residentMemory)
    const all = sum(resident)
    if (pids.length < 2) return all
    const before = systemClock.now()
    if (before >= this.#next) {
      this.#shared = all - sum(pids.map((pid, at) => shareOfMemory(pid) ?? resident[at] ?? 0))
      const after = systemClock.now()
      this.#next = after + (after - before) / share
    }
    return Math.max(...resident, all - this.#shared)
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
