/** Where a task waits for a person's decision. */
import { TroupeError } from '../../src/errors.js'
import type { Host, Letter, Work } from '../../src/system/actor.js'
import type { ApprovalDeclaration, Approved } from '../../src/system/definition.js'
import type { Worker } from './worker.js'

export class Desk implements Worker {
  readonly id = 'people'
  readonly kind = 'person'
  readonly #host: Host
  readonly #declared: ApprovalDeclaration & { readonly id: string }
  #work: Work | undefined

  constructor(host: Host, declared: ApprovalDeclaration & { readonly id: string }) {
    this.#host = host
    this.#declared = declared
  }

  /** Whether it waits for a decision now. */
  get waiting(): boolean {
    return this.#work !== undefined
  }

  check(message: Letter['message']): Letter['message'] {
    return message
  }

  enqueue(work: Work): void {
    const { id, question, details, by } = this.#declared
    this.#work = work
    work.begin()
    this.#host.emit(
      {
        type: 'task.approval',
        id,
        change: 'asked',
        question,
        ...(details ? { details: { ...details } } : {}),
        ...(by ? { voters: [...by] } : {}),
      },
      { priority: 'high', cause: work.cause },
    )
  }

  /** It was asked in the process before, and is still to be answered. */
  takeUp(work: Work): void {
    this.#work = work
  }

  withdraw(work: Work, why: TroupeError): void {
    const { onDeadline = 'fail' } = this.#declared
    // A deadline is an answer too, where it was declared to be one.
    if (why.code === 'TIMEOUT' && onDeadline !== 'fail' && this.#work === work) return this.#settle(onDeadline, 'deadline')
    this.#work = undefined
    work.fail(why)
  }

  hold(): void {
    // Nobody works on it, so nothing has to stop; a decision that comes meanwhile is one.
  }

  /** Throws `FORBIDDEN` for who may not decide, `INVALID_STATE` while it is not asked. */
  decide(decision: 'approve' | 'reject', by: string, reason?: string): void {
    const { id, by: allowed } = this.#declared
    if (allowed && !allowed.includes(by))
      throw new TroupeError('FORBIDDEN', `${by} may not decide on ${id}; those who may: ${allowed.join(', ')}.`)
    if (!this.#work)
      throw new TroupeError('INVALID_STATE', `Task ${id} does not wait for a decision yet: what it needs is not done.`)
    this.#settle(decision, by, reason)
  }

  #settle(decision: 'approve' | 'reject', by: string, reason?: string): void {
    const work = this.#work
    if (!work) return
    this.#work = undefined
    const at = this.#host.clock.now()
    const facts = { by, at, ...(reason ? { reason: reason.slice(0, 10_000) } : {}) }
    this.#host.emit(
      { type: 'task.approval', id: this.#declared.id, change: 'decided', decision, ...facts },
      { source: by, priority: 'high', cause: work.cause },
    )
    const approved: Approved = { decision: 'approve', ...facts }
    if (decision === 'approve') work.done(approved)
    else
      work.fail(
        new TroupeError('REJECTED', `${by} decided against it${reason ? `: ${reason.slice(0, 1_000)}` : ''}.`, {
          details: facts,
        }),
      )
  }
}
