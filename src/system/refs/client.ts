/** The ref of a client that is connected to this system. */
import { TroupeError } from '../../errors.js'
import type { SendOptions } from '../../options.js'
import type { Applied } from '../../protocol/reply.js'
import type { ClientRef } from '../../ref.js'
import type { Letter } from '../actor.js'
import { unsealable } from '../in-the-clear.js'

/** What a ref to a client needs of who speaks. */
interface Writer {
  /** False where no such client is there or away. */
  toClient(id: string, message: Letter['message'], options?: SendOptions): boolean
}

export class LocalClientRef implements ClientRef {
  readonly kind = 'client'
  readonly id: string
  readonly #writer: Writer

  constructor(writer: Writer, id: string) {
    this.#writer = writer
    this.id = id
  }

  async send(message: Letter['message'], options: Pick<SendOptions, 'priority' | 'ttl' | 'encryptFor'> = {}): Promise<Applied> {
    const closed = unsealable(options)
    if (closed) throw closed
    if (this.#writer.toClient(this.id, message, options)) return { id: this.id }
    throw new TroupeError('NOT_FOUND', `There is no client ${this.id} here; clients that are stand in the view.`)
  }
}
