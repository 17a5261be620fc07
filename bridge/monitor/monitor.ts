/** Says how the machine and the door are: at intervals while somebody listens, on request, and when something is wrong. */
import type { Percentiles } from '../../src/protocol/monitoring.js'
import type { Monitoring } from '../../src/protocol/reply.js'
import type { System } from '../../src/system/system.js'
import type { Traffic } from '../traffic.js'
import { Alerts, type AlertThresholds } from './alerts.js'
import { broadcast } from './broadcast.js'
import { createLoopLag, type Lag } from './loop-lag.js'
import { type Machine, machine } from './machine.js'
import { Metrics } from './metrics.js'

export interface MonitorOptions {
  readonly system: System
  readonly traffic: Traffic
  /** Milliseconds between two samples. */
  readonly interval: number
  readonly alerts: AlertThresholds
  /** What is looked at. Default: this machine, this event loop. */
  readonly machine?: Machine
  readonly lag?: Lag
}

export class Monitor {
  readonly #lag: Lag
  readonly #metrics: Metrics
  readonly #traffic: Traffic
  readonly #alerts: Alerts
  readonly #ends: readonly (() => void)[]

  constructor(options: MonitorOptions) {
    const { system, traffic, interval, lag = createLoopLag() } = options
    const metrics = new Metrics(system, options.machine ?? machine, lag)
    this.#lag = lag
    this.#metrics = metrics
    this.#traffic = traffic
    this.#alerts = new Alerts(system, options.alerts, { memory: () => metrics.memory(), lag: () => lag.turn() })
    this.#ends = [
      broadcast(system, 'system.metrics', interval, async () => ({ type: 'system.metrics', ...(await metrics.sample()) })),
      broadcast(system, 'system.traffic', interval, async () => ({ type: 'system.traffic', ...traffic.facts() })),
      () => this.#alerts.close(),
      () => lag.close(),
    ]
  }

  /** How it is now. Never rejects. */
  async read(): Promise<Monitoring> {
    return { metrics: await this.#metrics.sample(), traffic: this.#traffic.facts() }
  }

  /** How long the event loop was held up, of late. */
  get delays(): Percentiles {
    return this.#lag.delays
  }

  loginRejected(): void {
    this.#alerts.loginRejected()
  }

  /** Nothing of it is left. Twice is fine. */
  close(): void {
    for (const end of this.#ends) end()
  }
}
