/** The commands of one connection that are being carried out. */
import { TroupeError } from '../src/errors.js'
import type { Command } from '../src/protocol/command.js'
import type { Outcome } from '../src/protocol/reply.js'
import type { System } from '../src/system/system.js'
import type { Request } from './dialect.js'
import { execute } from './execute.js'
import type { Once } from './once.js'
import type { Pages } from './pages.js'
import type { Rights } from './principal.js'

/** What carrying commands out needs. */
interface Carrying {
  readonly system: System
  readonly once: Once
  readonly pages: Pages
  readonly limits: {
    /** How many may wait for their answers. */
    readonly requests: number
  }
}

export class Requests {
  readonly #system: System
  readonly #once: Once
  readonly #pages: Pages
  readonly #limit: number
  #answer: (request: Request, outcome: Outcome) => void
  #pending = 0

  constructor({ system, once, pages, limits }: Carrying, answer: (request: Request, outcome: Outcome) => void) {
    this.#system = system
    this.#once = once
    this.#pages = pages
    this.#limit = limits.requests
    this.#answer = answer
  }

  /** Nobody waits for the answers any more, and nothing of the connection is kept for them. */
  close(): void {
    this.#answer = () => {}
  }

  /** Carries a command out and answers it; when that takes longer than a turn of the event loop, says first that it was accepted. */
  begin(request: Request, command: Command, rights: Rights): void {
    if (this.#pending >= this.#limit) {
      const error = new TroupeError(
        'TOO_MANY',
        `${this.#pending} requests wait for their answers, as many as may; wait for some of them.`,
      )
      return this.#answer(request, { receipt: 'rejected', error: error.toJSON() })
    }
    this.#pending++
    const { clock } = this.#system
    const { id, ttl, key } = request
    const cause = {
      correlationId: id,
      causationId: id,
      ...(ttl === undefined ? {} : { deadline: clock.now() + ttl }),
      ...request.cause,
    }
    let answered = false
    const carryOut = () => execute(command, { system: this.#system, pages: this.#pages, rights, cause })
    void (key === undefined ? carryOut() : this.#once.run(rights.principal.sub, key, command, carryOut)).then((outcome) => {
      answered = true
      this.#pending--
      this.#answer(request, outcome)
    })
    clock.yield(() => {
      if (!answered) this.#answer(request, { receipt: 'accepted' })
    })
  }
}
