/** A new token of a client that is there: it takes the place of the old one, or nothing changes. */
import { TroupeError, toTroupeError } from '../../src/errors.js'
import type { SessionAnswerTo } from '../../src/protocol/session.js'
import type { Deadlines } from '../deadlines.js'
import type { Externals, Home } from '../externals.js'
import type { Principal } from '../principal.js'
import type { Visit } from '../visit.js'
import type { Trail } from './audit.js'

export interface RefreshOwner {
  /** Undefined when the connection is closed. */
  visit(): Visit | undefined
  /** When the connection is ended now. */
  readonly deadlines: Pick<Deadlines, 'expireAt'>
  /** What its client works as. */
  readonly externals: Pick<Externals, 'judge'>
  readonly home: Home
}

export class Refreshing {
  readonly #admit: (token: string) => Promise<Principal>
  readonly #trail: Trail
  readonly #owner: RefreshOwner
  #generation = 0

  constructor(admit: (token: string) => Promise<Principal>, trail: Trail, owner: RefreshOwner) {
    this.#admit = admit
    this.#trail = trail
    this.#owner = owner
  }

  /** Rejects with `AUTH_FAILED`, `AUTH_EXPIRED`, and `CANCELLED` where a newer token came meanwhile. Undefined: the connection has closed. */
  async take(token: string): Promise<SessionAnswerTo<'session.refresh'> | undefined> {
    const generation = ++this.#generation
    try {
      const principal = await this.#admit(token)
      const visit = this.#owner.visit()
      if (!visit) return undefined
      // A check that took long is not to bring back an older token.
      if (generation !== this.#generation)
        throw new TroupeError('CANCELLED', 'A newer token came before this one was checked; the newer one counts.')
      visit.renew(principal)
      this.#owner.deadlines.expireAt(principal.expires)
      this.#owner.externals.judge(this.#owner.home, visit.rights)
      this.#trail.refresh(principal, 'ok')
      return principal.expires === undefined ? {} : { expires: principal.expires }
    } catch (thrown) {
      this.#trail.refresh(this.#owner.visit()?.rights.principal, toTroupeError(thrown, 'AUTH_FAILED').code)
      throw thrown
    }
  }
}
