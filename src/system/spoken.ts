/** Which tenants have spoken on which topics: a topic's name alone may tell one tenant of another. */
import type { Envelope } from '../protocol/envelope.js'
import { entityOf } from '../protocol/topic.js'
import type { Reach } from './reach.js'

/** Topics that are remembered, the newest. */
const kept = 100_000

export class Spoken {
  readonly #tenants = new Map<string, Set<string | undefined>>()

  /** Costs nothing while there are no tenants. */
  note({ topic, tenant, seq, event }: Envelope): void {
    if (tenant === undefined && this.#tenants.size === 0) return
    // Events of the runtime are about something, whose tenant is known.
    if (event.type !== 'message') return
    const known = this.#tenants.get(topic)
    if (known) return void known.add(tenant)
    if (tenant === undefined) return
    // Nobody's were noted before the first of a tenant came.
    this.#tenants.set(topic, new Set(seq > 1 ? [undefined, tenant] : [tenant]))
    if (this.#tenants.size > kept) for (const oldest of this.#tenants.keys()) return void this.#tenants.delete(oldest)
  }

  /** Whether who reaches so far may know that there was something on a topic. What is not known is no tenant's. */
  on(topic: string, { tenant }: Reach, tenantOf: (id: string) => string | undefined): boolean {
    const known = this.#tenants.get(topic)
    if (known?.has(tenant)) return true
    const [, id = ''] = entityOf(topic).split('.')
    return known === undefined && tenantOf(id) === tenant
  }
}
