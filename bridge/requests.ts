/** The commands of one connection that are being carried out. */
import { TroupeError } from '../src/errors.js'
import type { Command } from '../src/protocol/command.js'
import type { Outcome } from '../src/protocol/reply.js'
import type { System } from '../src/system/system.js'
import type { Trail } from './access/audit.js'
import type { Revocations } from './access/revocations.js'
import type { Rules } from './delivery/rules.js'
import type { Request } from './dialect.js'
import type { Guard } from './execute/doing.js'
import { execute } from './execute.js'
import type { Externals, Home } from './externals.js'
import { follow } from './followed.js'
import type { Signatures } from './keys/signatures.js'
import type { Lookout } from './lookout.js'
import type { Monitor } from './monitor/monitor.js'
import type { Once } from './once.js'
import type { Pages } from './pages.js'
import type { Rights } from './principal.js'
import type { Traffic } from './traffic.js'

/** What carrying commands out needs. */
interface Carrying {
  readonly system: System
  readonly once: Once
  readonly pages: Pages
  readonly externals: Externals
  readonly revocations: Revocations
  readonly guard?: Guard | undefined
  readonly signatures: Signatures
  readonly monitor: Pick<Monitor, 'read'>
  readonly traffic: Traffic
  readonly lookout: Pick<Lookout, 'answered'>
  readonly limits: {
    /** How many may wait for their answers. */
    readonly requests: number
    /** How what is published is delivered. */
    readonly delivery?: Rules | undefined
  }
}

/** Commands that change nothing: whoever asks again is answered anew, and no answer is kept for it. */
const reads = /\.(get|list|result)$/

export class Requests {
  readonly #carrying: Carrying
  readonly #home: Home
  readonly #trail: Trail
  readonly #connection: string
  readonly #standing: () => Rights | undefined
  #answer: (request: Request, outcome: Outcome) => void
  #pending = 0
  /** Signatures that are being verified, of which the last is looked at when those before it were. */
  #looking = 0
  #looked: Promise<unknown> = Promise.resolve()
  #closed = false

  /** `home`: the connection that they come by; `connection`: its id; `standing`: what its client may at the moment. */
  constructor(
    carrying: Carrying,
    home: Home,
    trail: Trail,
    answer: (request: Request, outcome: Outcome) => void,
    { connection, standing }: { readonly connection: string; standing(): Rights | undefined },
  ) {
    this.#connection = connection
    this.#standing = standing
    this.#carrying = carrying
    this.#home = home
    this.#trail = trail
    this.#answer = answer
  }

  /** Nobody waits for the answers any more, and nothing of the connection is kept for them. */
  close(): void {
    this.#closed = true
    this.#answer = () => {}
  }

  /** To verify one takes a while: what is said after it is not to overtake it. */
  readonly #inOrder: Pick<Signatures, 'check'> = {
    check: (entering) => {
      const { signatures } = this.#carrying
      if (entering.signature === undefined && this.#looking === 0) return signatures.check(entering)
      this.#looking++
      const looked = this.#looked.then(() => signatures.check(entering)).finally(() => this.#looking--)
      this.#looked = looked.catch(() => {})
      return looked
    },
  }

  /** Carries a command out and answers it; when that takes longer than a turn of the event loop, says first that it was accepted. */
  begin(request: Request, command: Command, rights: Rights): void {
    // Whoever goes on with what is kept is asked again; an answer from here would be of something that is kept by nobody.
    if (this.#carrying.system.suspended) return
    const { system, once, limits, traffic, lookout } = this.#carrying
    const client = rights.principal.sub
    const connection = this.#connection
    if (this.#pending >= limits.requests) {
      const error = new TroupeError(
        'TOO_MANY',
        `${this.#pending} requests wait for their answers, as many as may; wait for some of them.`,
      )
      lookout.answered({ command: command.type, connection, client, took: 0 }, error.code)
      this.#trail.frameRefused(rights.principal, 'TOO_MANY')
      return this.#answer(request, { receipt: 'rejected', error: error.toJSON() })
    }
    const refusal = reads.test(command.type) ? undefined : (system.journal.refusal ?? keyless(request, command, limits.delivery))
    if (refusal) {
      lookout.answered({ command: command.type, connection, client, took: 0 }, refusal.code)
      return this.#answer(request, { receipt: 'rejected', error: refusal.toJSON() })
    }
    this.#pending++
    const { clock } = system
    const { id, ttl, key } = request
    const begun = clock.now()
    // An id of a message may be longer in some protocols than one in an envelope.
    const short = id.slice(0, 128)
    const deadline = ttl === undefined ? {} : { deadline: begun + ttl }
    const whence = { correlationId: short, causationId: short, ...deadline, ...request.cause }
    const { cause, end } = follow(command, whence, { tracer: system.tracer, lookout, connection, client })
    let answered = false
    const answer = (outcome: Outcome) => {
      // An answer that comes after its time was up has been given already, and what ends now has not ended for whoever goes on with it.
      if (answered || system.suspended) return
      answered = true
      giveUp?.()
      this.#answer(request, outcome)
    }
    const giveUp =
      ttl === undefined
        ? undefined
        : clock.after(ttl, () => answer({ receipt: 'rejected', error: late(command, ttl).toJSON() }), { holds: false })
    const carryOut = () =>
      execute(command, {
        ...{ ...this.#carrying, home: this.#home, rights, cause },
        ...{ standing: this.#standing, late: () => traffic.late(), signatures: this.#inOrder },
      })
    void (key === undefined || reads.test(command.type) ? carryOut() : once.run(rights.who, key, command, carryOut)).then(
      (outcome) => {
        this.#pending--
        this.#trail.command(rights.principal, command, outcome, cause.correlationId, !reads.test(command.type))
        // Where its own time was up too, no answer has come at all.
        const gaveUp = outcome.receipt === 'rejected' && outcome.error.code === 'TIMEOUT'
        if ((answered || this.#closed) && !gaveUp) traffic.late()
        end(outcome, clock.now() - begun)
        answer(outcome)
      },
    )
    clock.yield(() => {
      if (!answered) this.#answer(request, { receipt: 'accepted' })
    })
  }
}

/** Why a message without a key is not published: what is said twice would be published twice. */
const keyless = ({ key }: Request, command: Command, rules: Rules | undefined): TroupeError | undefined =>
  key === undefined && command.type === 'channel.publish' && rules?.of(command.topic).once
    ? new TroupeError(
        'INVALID_MESSAGE',
        `What is published on ${command.topic.slice(0, 200)} is delivered exactly once, so it needs a key; give the frame one.`,
      )
    : undefined

const late = ({ type }: Command, ttl: number): TroupeError =>
  new TroupeError('TIMEOUT', `The answer to ${type} did not come within ${ttl} ms, its ttl; it may still be carried out.`)
