/** Who is let in: who a token stands for, unless it has ended or was revoked. */
import type { Clock } from '../../src/clock.js'
import { type Code, isOurs, TroupeError, toTroupeError } from '../../src/errors.js'
import type { Dialect } from '../dialect.js'
import { needHome } from '../edge/home.js'
import type { Logins } from '../edge/logins.js'
import type { Authenticate } from '../options.js'
import type { Principal } from '../principal.js'
import { anybody, verifyToken } from '../token.js'
import type { Revocations } from './revocations.js'

export interface AdmissionOptions {
  readonly secret: string | undefined
  readonly authenticate: Authenticate | undefined
  /** Whether everybody is let in. */
  readonly open: boolean
}

interface Parts {
  readonly clock: Clock
  readonly revocations: Revocations
  readonly logins: Logins
  /** Told of what `authenticate` failed with, where that is no `TroupeError`. */
  report(where: string, error: unknown): void
  /** Somebody was not let in. */
  rejected(code: Code): void
}

/** What is known of somebody before the first word. */
interface Arriving {
  readonly dialects: readonly Pick<Dialect, 'entrance'>[]
  readonly token: string | undefined
}

const tokenless = 'A token is needed: in hello, in the Authorization header, or in the query as token.'

export class Admission {
  readonly #options: AdmissionOptions
  readonly #parts: Parts

  constructor(options: AdmissionOptions, parts: Parts) {
    this.#options = options
    this.#parts = parts
  }

  /** Rejects with `AUTH_REQUIRED`, `AUTH_FAILED` or `AUTH_EXPIRED`, or what `authenticate` rejects with. */
  async admit(token: string | undefined, address: string, metadata: Readonly<Record<string, unknown>> = {}): Promise<Principal> {
    const { secret, authenticate, open } = this.#options
    const { clock, logins, rejected, report } = this.#parts
    if (open) return anybody
    try {
      if (token === undefined) throw new TroupeError('AUTH_REQUIRED', tokenless)
      return await logins.attempt({ address, token, proven: !authenticate }, async () =>
        needHome(
          this.#valid(
            authenticate ? await authenticate(token, { metadata }) : await verifyToken(token, secret ?? '', clock.now()),
          ),
          address,
        ),
      )
    } catch (thrown) {
      rejected(toTroupeError(thrown, 'AUTH_FAILED').code)
      // What an application's own check fails with may tell of its inside: of a database, or of the token.
      if (isOurs(thrown)) throw thrown
      report('authenticate', thrown)
      throw new TroupeError('AUTH_FAILED', undefined, { cause: thrown })
    }
  }

  /** Who the token of the address stands for, or why it is not accepted, where that is all that a client has to say. */
  async ofAddress({ dialects, token }: Arriving, address: string): Promise<Principal | TroupeError | undefined> {
    const entrances = dialects.map(({ entrance }) => entrance)
    const needless = this.#options.open || token !== undefined
    if (!entrances.includes('address') && !(needless && entrances.includes('either'))) return undefined
    return this.admit(token, address).catch((thrown: unknown) => toTroupeError(thrown, 'AUTH_FAILED'))
  }

  /** What an application's own `authenticate` says is held to the same. */
  #valid(principal: Principal): Principal {
    const { sub, jti, expires } = principal
    if (sub === 'system')
      throw new TroupeError(
        'AUTH_FAILED',
        'The token was not accepted: what the system itself says has that name; take another sub.',
      )
    if (expires !== undefined && !Number.isFinite(expires))
      throw new TroupeError('AUTH_FAILED', 'The token was not accepted: when it ends is no point in time.')
    if (expires !== undefined && expires <= this.#parts.clock.now())
      throw new TroupeError('AUTH_EXPIRED', 'The token has expired; get a new one.')
    if (this.#parts.revocations.has(jti, expires)) throw revoked()
    return principal
  }
}

/** What is said to whoever comes, or is there, with a token that was revoked. */
export const revoked = (): TroupeError => new TroupeError('AUTH_FAILED', 'The token was revoked; get a new one.')
