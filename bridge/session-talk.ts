/** What a client that is there, or is coming, says about its connection. */
import { toTroupeError } from '../src/errors.js'
import type { SessionCommand, SessionCommandOf } from '../src/protocol/session.js'
import type { Refreshing } from './access/refreshing.js'
import type { Answer, PlainFrame, Request } from './dialect.js'
import type { Visit } from './visit.js'

export interface TalkOwner {
  readonly refreshing: Refreshing
  /** Undefined while the client is not welcome. */
  visit(): Visit | undefined
  hello(request: Request, hello: SessionCommandOf<'session.hello'>): Promise<void>
  answer(request: Request, answer: Answer): void
  /** Likewise, when nobody is there to hear what it throws. */
  answerLate(request: Request, answer: Answer): void
  /** A frame of a batch is taken as if it had come by itself. */
  take(frame: PlainFrame): void
  /** The client has these. */
  acknowledged(offsets: readonly number[]): void
  /** The client will not come back. */
  goodbye(): void
}

export class SessionTalk {
  readonly #owner: TalkOwner

  constructor(owner: TalkOwner) {
    this.#owner = owner
  }

  hear(request: Request, command: SessionCommand): void {
    const owner = this.#owner
    switch (command.type) {
      case 'session.hello':
        return void owner.hello(request, command)
      case 'session.ping':
        return owner.answer(request, { receipt: 'applied', value: {} })
      case 'session.pong':
        return
      case 'session.ack':
        return owner.acknowledged(command.offsets)
      case 'session.close':
        return owner.goodbye()
      case 'session.refresh':
        return void this.#refresh(request, command.token)
      case 'session.subscribe':
        return this.#do(request, (visit) => visit.subscribe(command))
      case 'session.unsubscribe':
        return this.#do(request, (visit) => visit.unsubscribe(command.patterns))
      case 'session.batch':
        owner.answer(request, { receipt: 'applied', value: { frames: command.frames.length } })
        for (const frame of command.frames) owner.take(frame)
    }
  }

  #do(request: Request, what: (visit: Visit) => Readonly<Record<string, unknown>>): void {
    const visit = this.#owner.visit()
    try {
      if (visit) this.#owner.answer(request, { receipt: 'applied', value: what(visit) })
    } catch (thrown) {
      this.#owner.answer(request, rejection(thrown))
    }
  }

  async #refresh(request: Request, token: string): Promise<void> {
    const { refreshing } = this.#owner
    const answer = await refreshing
      .take(token)
      .then((value): Answer | undefined => value && { receipt: 'applied', value }, rejection)
    if (answer) this.#owner.answerLate(request, answer)
  }
}

const rejection = (thrown: unknown): Answer => ({ receipt: 'rejected', error: toTroupeError(thrown).toJSON() })
