/** An agent in the process of the system that signs what it publishes. */
import { type Clock, systemClock } from '../clock.js'
import { createIds, type Ids } from '../ids.js'
import type { Priority } from '../protocol/priority.js'
import { type KeyInput, ownKey } from './keys.js'
import { signClaims } from './sign.js'

export interface SignerOptions {
  /** The id of the agent: its public key is registered under it with the bridge. */
  readonly id: string
  /** Ed25519, private. */
  readonly sign: KeyInput
  readonly clock?: Clock
  readonly ids?: Ids
}

/** What is said beside a body, and signed with it. */
interface Beside {
  readonly priority?: Priority | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

export interface Signer {
  /** The options with which to publish exactly this, its signature among them. */
  publish<O extends Beside>(topic: string, body: unknown, options?: O): Promise<O & { readonly signature: string }>
}

/**
 * Signs for an agent. Rejects with `INVALID_OPTION` for a key that is none.
 *
 * @example
 * const signer = await createSigner({ id: scope.id, sign: keys.sign })
 * await stage.channel('team.blue').publish(body, await signer.publish('team.blue', body))
 */
export const createSigner = async ({
  id: from,
  sign,
  clock = systemClock,
  ids = createIds(),
}: SignerOptions): Promise<Signer> => {
  const key = await ownKey(sign, 'Ed25519', 'the key that signs')
  return {
    async publish<O extends Beside>(topic: string, body: unknown, options = {} as O) {
      const { priority, metadata } = options
      const payload = {
        ...{ topic, body },
        ...(priority === undefined ? {} : { priority }),
        ...(metadata === undefined ? {} : { metadata }),
      }
      const claims = { from, id: ids.next(), at: clock.now(), type: 'channel.publish', payload }
      return { ...options, signature: await signClaims(key, claims) }
    },
  }
}
