/** Whether a command is signed where it has to be, and by whom it should: judged at the entry, whatever protocol it came by. */
import type { Clock } from '../../src/clock.js'
import { thumbprint } from '../../src/crypto/jwk.js'
import { same } from '../../src/crypto/same.js'
import { headerOf, readSignature, type Verifying } from '../../src/crypto/sign.js'
import { TroupeError } from '../../src/errors.js'
import type { Records } from '../../src/journal/journal.js'
import { type Command, commands } from '../../src/protocol/command.js'
import { fitted } from '../../src/protocol/fitted.js'
import { level, type Priority } from '../../src/protocol/priority.js'
import { type Claims, claims as claimsSchema } from '../../src/protocol/signature.js'
import { matches } from '../../src/protocol/topic.js'
import { type Principal, whoOf } from '../principal.js'
import { needPublic } from './claims.js'
import type { SettledRule, SettledSignatures } from './options.js'
import { placesOf } from './places.js'
import { Replays } from './replays.js'
import { Ring } from './ring.js'

/** A command at the entry. */
export interface Entering {
  readonly command: Command
  /** What it acts on, where that has a name. */
  readonly on: string | undefined
  readonly principal: Pick<Principal, 'sub' | 'tenant' | 'keys'>
  /** The id of its request. */
  readonly id: string | undefined
  readonly signature: string | undefined
}

/** What only asks is never required to be signed. */
const reads = /\.(get|list|result)$/

/** How urgent a command is: as its most urgent part. */
const urgency = (command: Command): Priority => {
  const parts: readonly { readonly priority?: Priority | undefined }[] =
    command.type === 'task.graph' ? Object.values(command.tasks) : 'priority' in command ? [command] : [{}]
  return parts.reduce<Priority>((most, { priority = 'normal' }) => (level(priority) > level(most) ? priority : most), 'low')
}

const covered = (patterns: readonly (readonly string[])[] | undefined, names: readonly string[]): boolean =>
  patterns === undefined || names.some((name) => patterns.some((pattern) => matches(pattern, name.split('.'))))

const invalid = (why: string): TroupeError => new TroupeError('SIGNATURE_INVALID', why)

export class Signatures {
  readonly ring: Ring
  readonly #rules: readonly SettledRule[]
  readonly #replays: Replays
  readonly #window: number

  constructor(clock: Clock, records: Records, { keys, required, window, remembered }: SettledSignatures) {
    this.ring = new Ring(keys)
    this.#rules = required
    this.#replays = new Replays(clock, window, remembered, records)
    this.#window = window
  }

  /** A client is let in: what its token binds to it is listed. */
  async bound(admitting: Promise<Principal>): Promise<Principal> {
    const principal = await admitting
    if (principal.keys) await this.ring.bind(principal, principal.keys)
    return principal
  }

  /** Rejects with `SIGNATURE_REQUIRED` or `SIGNATURE_INVALID`; undefined: nothing has to be looked at. */
  check(entering: Entering): Promise<void> | undefined {
    const { signature, command, on } = entering
    if (signature !== undefined) return this.#verify(signature, entering)
    if (!this.#isRequired(command, on)) return undefined
    const when = 'priority' in command && command.priority ? ` when it is ${command.priority}` : ''
    throw new TroupeError(
      'SIGNATURE_REQUIRED',
      `Here ${command.type} has to be signed${when}; say it with a client of troupe.v1 that has a key of ${entering.principal.sub}.`,
    )
  }

  #isRequired(command: Command, on: string | undefined): boolean {
    if (reads.test(command.type) || this.#rules.length === 0) return false
    const acted = placesOf(command, on)
    return this.#rules.some(
      ({ minPriority, commands: names, on: places }) =>
        (minPriority === undefined || level(urgency(command)) >= level(minPriority)) &&
        covered(names, [command.type]) &&
        covered(places, acted),
    )
  }

  async #verify(signature: string, { command, principal, id }: Entering): Promise<void> {
    const read = await readSignature(signature, await this.#keysOf(principal, signature))
    const { data: said, error } = claimsSchema.safeParse(read.claims)
    if (error) throw invalid('What was signed does not say from, id, at, type and payload.')
    if (said.from !== principal.sub) throw invalid(`It was signed by ${said.from}, and is said by ${principal.sub}.`)
    if (said.id !== id) throw invalid('It was signed under another id than that of the frame.')
    if (said.type !== command.type) throw invalid(`What was signed is ${said.type}, and what is said is ${command.type}.`)
    this.#needSame(said, command)
    const why = this.#replays.take(whoOf(principal), said.id, said.at)
    if (why === 'replayed') throw invalid('It was taken in before under that id; sign it anew, under an id of its own.')
    if (why === 'stale')
      throw invalid(`It was signed too long ago: more than ${this.#window} ms, or before this bridge was opened; sign it anew.`)
    if (why === 'early')
      throw invalid(`It was signed more than ${this.#window} ms from now; the clock of whoever signed it is ahead.`)
  }

  /** Both are read by the schema of the command, so that only what counts is compared. */
  #needSame({ payload }: Claims, command: Command): void {
    const read = fitted(commands[command.type], { ...payload, type: command.type })
    if (!read.success || !same(read.data, command)) throw invalid('The payload is not the one that was signed.')
  }

  /** What a token has bound counts alone; else what was registered, but for what is retired. */
  async #keysOf(principal: Entering['principal'], signature: string): Promise<readonly Verifying[]> {
    const { sub, keys } = principal
    if (keys?.sign) return [{ kid: keys.sign.kid ?? (await thumbprint(keys.sign)), jwk: keys.sign }]
    if (keys?.thumbprint !== undefined) return this.#shown(signature, principal, keys.thumbprint)
    const registered = await this.ring.signingKeys(principal)
    if (registered.length === 0)
      throw invalid(`No key of ${sub} to sign with is known here; register its public half, or bind it to the token (cnf).`)
    const named = registered.find(({ kid }) => kid === headerOf(signature).kid)
    if (named?.retired) throw invalid(`The key ${named.kid} of ${sub} is retired: old signatures still hold, new ones do not.`)
    return registered.filter(({ retired }) => !retired).map((jwk) => ({ kid: jwk.kid, jwk }))
  }

  /** The token knows the thumbprint alone: the key itself is registered, or stands in the header. */
  async #shown(signature: string, holder: Entering['principal'], expected: string): Promise<readonly Verifying[]> {
    const { sub } = holder
    const { jwk, kid } = headerOf(signature)
    for (const key of await this.ring.signingKeys(holder))
      if (!key.retired && (await thumbprint(key)) === expected) return [{ kid: key.kid, jwk: key }]
    if (typeof jwk !== 'object' || jwk === null)
      throw invalid(
        `The token of ${sub} names its key by the thumbprint alone; it has to stand in the header (jwk), or be registered.`,
      )
    const shown = needPublic(jwk, 'Ed25519', 'the key in the header of the signature')
    if ((await thumbprint(shown)) !== expected)
      throw invalid(`The key in the header is not the one that the token of ${sub} names.`)
    await this.ring.bind(holder, { sign: shown })
    return [{ kid: kid ?? expected, jwk: shown }]
  }
}
