/** Stands in for whoever brought messages to an agent elsewhere, until its client is back. */
import type { Courier, ExternalDeclaration } from '../system/external.js'

/** An agent that works elsewhere, and whose client has not come back since the process began. */
export interface Absent {
  readonly declared: ExternalDeclaration
  /** Whose agent it is. */
  readonly source: string
  /** Whose it is among tenants; undefined: none's. */
  readonly tenant?: string | undefined
  /** It stayed away too long. */
  crash(error: Error): void
}

export class AbsentCourier implements Courier {
  #inner: Courier | undefined
  #waiting: (() => void)[] = []

  get here(): boolean {
    return this.#inner?.here ?? false
  }

  /** Its client is back. */
  claim(courier: Courier): void {
    this.#inner = courier
    for (const wake of this.#waiting.splice(0)) wake()
  }

  reachable(signal: AbortSignal): Promise<void> {
    if (this.#inner) return this.#inner.reachable(signal)
    return new Promise((resolve, reject) => {
      const aborted = () => reject(signal.reason)
      signal.addEventListener('abort', aborted, { once: true })
      this.#waiting.push(() => {
        signal.removeEventListener('abort', aborted)
        this.reachable(signal).then(resolve, reject)
      })
    })
  }

  hand(...handed: Parameters<Courier['hand']>): Promise<unknown> {
    // Nothing is handed over while nobody is here, so there is somebody.
    return this.#inner ? this.#inner.hand(...handed) : Promise.reject(new Error('nobody is here to be handed it'))
  }
}
