/** The commands of one connection that are being carried out. */
import { TroupeError } from '../src/errors.js'
import type { Command } from '../src/protocol/command.js'
import type { Outcome } from '../src/protocol/reply.js'
import type { System } from '../src/system/system.js'
import type { Request } from './dialect.js'
import { execute } from './execute.js'
import type { Rights } from './principal.js'

export class Requests {
  readonly #system: System
  readonly #limit: number
  #answer: (request: Request, outcome: Outcome) => void
  #pending = 0

  /** `limit`: how many may wait for their answers. */
  constructor(system: System, limit: number, answer: (request: Request, outcome: Outcome) => void) {
    this.#system = system
    this.#limit = limit
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
    const { id, ttl } = request
    const cause = {
      correlationId: id,
      causationId: id,
      ...(ttl === undefined ? {} : { deadline: clock.now() + ttl }),
      ...request.cause,
    }
    let answered = false
    void execute(command, { system: this.#system, rights, cause }).then((outcome) => {
      answered = true
      this.#pending--
      this.#answer(request, outcome)
    })
    clock.yield(() => {
      if (!answered) this.#answer(request, { receipt: 'accepted' })
    })
  }
}
