/** The options of a bridge about signatures: whose keys are whose, and what has to be signed. */
import type { PublicJwk } from '../../src/crypto/jwk.js'
import { TroupeError } from '../../src/errors.js'
import { type Priority, priorities } from '../../src/protocol/priority.js'
import { parsePattern } from '../../src/protocol/topic.js'
import { needPublic } from './claims.js'

/** A public key of somebody. `retired`: old signatures are still verified with it, and nothing new is signed with it or encrypted for it. */
export interface RegisteredKey extends PublicJwk {
  readonly retired?: boolean
  /** Whose it is where clients of tenants share the bridge. Default: of a client, or an agent, of none. */
  readonly tenant?: string
}

/** What has to be signed: a command that fits all that is named. */
export interface SignatureRule {
  /** As urgent as this, or more. */
  readonly minPriority?: Priority
  /** Patterns of commands: `agent.*`, `channel.publish`. Default: any that changes something. */
  readonly commands?: readonly string[]
  /**
   * Patterns of what is acted on: the topic that is published on, `agent.<id>`, `swarm.<id>`, `client.<address>`; an agent or a swarm also by
   * giving it a task or a message, and by making it a member. Default: anything.
   */
  readonly on?: readonly string[]
}

export interface SignatureOptions {
  /** Public keys by the `sub` of a client, or the id of an agent in this process: Ed25519 to sign, X25519 to encrypt for it. Default: none. */
  readonly keys?: Readonly<Record<string, readonly RegisteredKey[]>>
  /** What is refused with `SIGNATURE_REQUIRED` unless it is signed, in every protocol. `critical`: whatever is that urgent. Default: nothing. */
  readonly required?: 'critical' | readonly SignatureRule[]
  /**
   * Milliseconds that a signature may be old, or ahead; nothing is taken in twice meanwhile, nor after a restart where the journal outlives the
   * process. Default 300,000.
   */
  readonly window?: number
  /** Signed commands of one client that are remembered within the window; where there were more, it is shorter for that client. Default 10,000. */
  readonly remembered?: number
}

export interface SettledRule {
  readonly minPriority: Priority | undefined
  readonly commands: readonly (readonly string[])[] | undefined
  readonly on: readonly (readonly string[])[] | undefined
}

export interface SettledSignatures {
  readonly keys: ReadonlyMap<string, readonly RegisteredKey[]>
  readonly required: readonly SettledRule[]
  readonly window: number
  readonly remembered: number
}

const ruleOf = ({ minPriority, commands, on }: SignatureRule): SettledRule => {
  if (minPriority !== undefined && !priorities.includes(minPriority))
    throw new TroupeError(
      'INVALID_OPTION',
      `The option signatures.required expects minPriority to be one of ${priorities.join(', ')}; got ${String(minPriority)}.`,
    )
  return { minPriority, commands: commands?.map(parsePattern), on: on?.map(parsePattern) }
}

const keyOf = (sub: string, key: RegisteredKey): RegisteredKey => {
  // What curve it is of is checked below; what is neither is told to be no key to sign with.
  const read = needPublic(key, key.crv === 'X25519' ? 'X25519' : 'Ed25519', `each of signatures.keys of ${sub}`)
  const { retired, tenant } = key
  return { ...read, ...(retired ? { retired } : {}), ...(tenant === undefined ? {} : { tenant }) }
}

const count = (name: string, value: number): number => {
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new TroupeError('INVALID_OPTION', `The option signatures.${name} expects a whole number of 1 or more; got ${value}.`)
}

/** Throws `INVALID_OPTION` for what cannot be, private keys among them. */
export const settledSignatures = (options: SignatureOptions = {}): SettledSignatures => {
  const { keys = {}, required = [], window = 300_000, remembered = 10_000 } = options
  return {
    keys: new Map(Object.entries(keys).map(([sub, all]) => [sub, all.map((key) => keyOf(sub, key))])),
    required: (required === 'critical' ? [{ minPriority: 'critical' } as const] : required).map(ruleOf),
    window: count('window', window),
    remembered: count('remembered', remembered),
  }
}
