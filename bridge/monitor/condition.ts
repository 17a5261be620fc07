/** Something that may be wrong: told once when it begins, again where it becomes worse, and once when it is over. */
import type { AlertLevel } from '../../src/protocol/monitoring.js'

export interface Finding {
  readonly level: Exclude<AlertLevel, 'info'>
  readonly text: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** Milliseconds without it after which it is over: what comes and goes around its threshold is one condition. */
const calm = 30_000

const gravity: Readonly<Record<AlertLevel, number>> = { info: 0, warning: 1, error: 2, critical: 3 }

export class Condition {
  readonly #over: string
  readonly #tell: (found: Omit<Finding, 'level'> & { readonly level: AlertLevel }) => void
  #level: AlertLevel = 'info'
  #seenAt = 0

  /** `over`: what is told when it is. */
  constructor(over: string, tell: (found: Omit<Finding, 'level'> & { readonly level: AlertLevel }) => void) {
    this.#over = over
    this.#tell = tell
  }

  /** What was found at `now`; undefined: nothing is wrong. */
  see(found: Finding | undefined, now: number): void {
    if (found) {
      this.#seenAt = now
      if (gravity[found.level] <= gravity[this.#level]) return
      this.#level = found.level
      return this.#tell(found)
    }
    if (this.#level === 'info' || now - this.#seenAt < calm) return
    this.#level = 'info'
    this.#tell({ level: 'info', text: this.#over })
  }
}
