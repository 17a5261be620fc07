/** What this process takes. */
import type { Clock } from '../../src/clock.js'
import type { SystemMetrics } from '../../src/protocol/monitoring.js'

/** Milliseconds that have to lie between two looks for a share of the processor to mean anything. */
const least = 1_000

/** Milliseconds of processor time so far. */
const spent = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

export class ProcessGauge {
  readonly #clock: Clock
  #at: number
  #spent = spent()
  /** Until there are two looks: since the process began. */
  #cores = this.#spent / (process.uptime() * 1_000)

  constructor(clock: Clock) {
    this.#clock = clock
    this.#at = clock.now()
  }

  read(): SystemMetrics['process'] {
    const now = this.#clock.now()
    const elapsed = now - this.#at
    if (elapsed >= least) {
      const all = spent()
      this.#cores = (all - this.#spent) / elapsed
      this.#spent = all
      this.#at = now
    }
    return { pid: process.pid, memory: process.memoryUsage.rss(), cpu: this.#cores }
  }
}
