/** Watches for what an operator should know of: memory, a blocked event loop, crash loops, rejected logins. */
import type { CancelTimer } from '../../src/clock.js'
import type { AttentionItem } from '../../src/protocol/attention.js'
import type { EventOf } from '../../src/protocol/event.js'
import type { AlertCategory, SystemMetrics } from '../../src/protocol/monitoring.js'
import type { System } from '../../src/system/system.js'
import { Condition, type Finding } from './condition.js'

/** From where on something is worth an alert. */
export interface AlertThresholds {
  /** Percent of the machine's memory in use. Default 90 for a warning, 97 for a critical alert. */
  readonly memory: { readonly warning: number; readonly critical: number }
  /** Milliseconds that the event loop was held up. Default 200. */
  readonly lag: number
  /** Logins that were rejected within 60 seconds. Default 5. */
  readonly logins: number
  /** Milliseconds between two looks. Default 5,000. */
  readonly interval: number
}

/** How what is watched is looked at. */
export interface AlertSamplers {
  memory(): Promise<SystemMetrics['memory']>
  /** The longest that the event loop was held up since the last call, in milliseconds. */
  lag(): number
}

type Alert = Omit<EventOf<'system.alert'>, 'type'>

/** Milliseconds within which rejected logins count together. */
const loginWindow = 60_000

const priorities = { info: 'normal', warning: 'high', error: 'high', critical: 'critical' } as const

export class Alerts {
  readonly #system: System
  readonly #thresholds: AlertThresholds
  readonly #samplers: AlertSamplers
  readonly #memory: Condition
  readonly #lag: Condition
  readonly #logins: Condition
  /** When the last logins were rejected, as many as matter. */
  readonly #rejected: number[] = []
  /** Items of the attention list that were told of, and are not over. */
  readonly #loops = new Set<string>()
  readonly #stopLoops: () => void
  #cancel: CancelTimer | undefined
  #closed = false

  constructor(system: System, thresholds: AlertThresholds, samplers: AlertSamplers) {
    this.#system = system
    this.#thresholds = thresholds
    this.#samplers = samplers
    const condition = (category: AlertCategory, over: string) =>
      new Condition(over, (found) => this.#tell({ ...found, details: found.details && { ...found.details }, category }))
    this.#memory = condition('resource', 'The machine has enough memory again.')
    this.#lag = condition('performance', 'The event loop is no longer held up.')
    this.#logins = condition('security', 'Logins are no longer rejected in numbers.')
    this.#stopLoops = system.listen('system.attention', ({ event }) => {
      if (event.type === 'system.attention') this.#loop(event)
    })
    for (const item of system.state.attention.values()) this.#loop(item)
    this.#arm()
  }

  /** Somebody came with a token that was not accepted, or without one. */
  loginRejected(): void {
    this.#rejected.push(this.#system.clock.now())
    if (this.#rejected.length > this.#thresholds.logins) this.#rejected.shift()
    this.#lookAtLogins()
  }

  /** Twice is fine. */
  close(): void {
    this.#closed = true
    this.#cancel?.()
    this.#stopLoops()
  }

  #arm(): void {
    this.#cancel = this.#system.clock.after(this.#thresholds.interval, () => void this.#look(), { holds: false })
  }

  async #look(): Promise<void> {
    this.#lookAtLag()
    this.#lookAtLogins()
    const memory = await this.#samplers.memory()
    if (this.#closed) return
    this.#lookAtMemory(memory)
    this.#arm()
  }

  #lookAtMemory(memory: SystemMetrics['memory']): void {
    // What cannot be found out is neither wrong nor over.
    if (!memory) return
    const { warning, critical } = this.#thresholds.memory
    const { percent, available } = memory
    const level = percent > critical ? 'critical' : percent > warning ? 'warning' : undefined
    const text = `${percent.toFixed(1)} % of the machine's memory is in use.`
    this.#memory.see(level && { level, text, details: { percent, available } }, this.#system.clock.now())
  }

  #lookAtLag(): void {
    const lag = Math.round(this.#samplers.lag())
    const found: Finding = { level: 'warning', text: `The event loop was held up for ${lag} ms.`, details: { lag } }
    this.#lag.see(lag > this.#thresholds.lag ? found : undefined, this.#system.clock.now())
  }

  #lookAtLogins(): void {
    const now = this.#system.clock.now()
    const [oldest = 0] = this.#rejected
    const many = this.#rejected.length >= this.#thresholds.logins && oldest > now - loginWindow
    const text = `At least ${this.#rejected.length} logins were rejected within ${loginWindow / 1_000} s.`
    const details = { rejected: this.#rejected.length, within: loginWindow }
    this.#logins.see(many ? { level: 'warning', text, details } : undefined, now)
  }

  #loop({ id, kind, subject, title, detail, state, tenant }: AttentionItem): void {
    if (kind !== 'crash-loop') return
    const over = state === 'resolved' || state === 'expired'
    if (over !== this.#loops.has(id)) return
    const about = { category: 'agent', details: { agent: subject, item: id } } as const
    // Who hears of it is who may know of the agent.
    if (over) {
      this.#loops.delete(id)
      this.#tell({ ...about, level: 'info', text: `It is over: ${title}.` }, tenant)
    } else {
      this.#loops.add(id)
      this.#tell({ ...about, level: 'error', text: detail === undefined ? `${title}.` : `${title}: ${detail}` }, tenant)
    }
  }

  #tell(alert: Alert, tenant?: string): void {
    this.#system.announce({ type: 'system.alert', ...alert }, 'system', undefined, priorities[alert.level], undefined, tenant)
  }
}
