/** What a swarm is restored from. */
import type { SwarmRecord } from '../../src/recovery/records.js'
import type { Host } from '../../src/system/actor.js'
import { kindsKey, type SwarmDeclaration } from '../../src/system/definition.js'

/** Who its members are, what coordinates it and how it is wired stands in the view. */
export const keepSwarm = (
  { keeper }: Host,
  { [kindsKey]: _, members: __, ...declared }: SwarmDeclaration & { readonly id: string },
  past: Omit<SwarmRecord, 'declared'>,
): void => keeper?.keep('swarm', declared.id, { ...past, declared })

export const dropSwarm = ({ keeper }: Host, id: string): void => keeper?.drop('swarm', id)
