/** A bridge whose clients have keys: each is called by its name, and everything that any of them was sent is kept. */
import { connect } from '../../bridge/client.js'
import type { SignatureOptions } from '../../bridge/keys/options.js'
import type { ConnectOptions } from '../../src/client/options.js'
import { createKeys, type Keys, publicKeys } from '../../src/crypto/keys.js'
import { open, setUp } from './world.js'

interface Keyed {
  /** Names of clients whose public keys are registered. */
  readonly names: readonly string[]
  readonly signatures?: Omit<SignatureOptions, 'keys'>
}

export const keyed = async ({ names, signatures = {} }: Keyed, settings: Parameters<typeof setUp>[1] = {}) => {
  const all = new Map<string, Keys>()
  for (const name of names) all.set(name, await createKeys())
  const registered = Object.fromEntries([...all].map(([name, keys]) => [name, Object.values(publicKeys(keys))]))
  const at = await setUp({ signatures: { ...signatures, keys: registered } }, settings)
  const keysOf = (name: string): Keys => {
    const keys = all.get(name)
    if (!keys) throw new Error(`${name} has no keys`)
    return keys
  }
  /** A client with its keys; `claims`: of its token. */
  const as = async (sub: string, options: ConnectOptions = {}, claims: object = {}) => {
    const token = await at.token({ sub, permissions: ['admin'], agents: ['*'], ...claims })
    const errors: string[] = []
    const given = all.get(sub)
    const client = connect(at.bridge.url, {
      token,
      ...(given ? { keys: given } : {}),
      onError: (error) => errors.push(error.code),
      ...options,
    })
    open.push(() => client.stop())
    return { client, errors }
  }
  /** A client that only knows the wire. */
  const raw = async (sub: string, claims: object = {}) => {
    const one = await at.client()
    await one.hello({ token: await at.token({ sub, permissions: ['admin'], agents: ['*'], ...claims }) })
    return one
  }
  return { ...at, as, raw, keysOf }
}
