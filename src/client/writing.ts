/** What is asked, on its way to the server: encrypted and signed where it has to be, together where that was wanted, in order. */
import { toTroupeError } from '../errors.js'
import type { Ids } from '../ids.js'
import { InOrder } from './in-order.js'
import type { Link } from './link.js'
import type { Outgoing, Pending } from './pending.js'
import type { Sealing } from './sealing.js'

/** Frames that the server takes in one batch. */
const largestBatch = 1_000

interface WritingOptions {
  readonly link: Link
  readonly pending: Pending
  readonly sealing: Sealing
  readonly ids: Ids
}

export class Writing {
  readonly #options: WritingOptions
  /** What is being said together. */
  #batch: Outgoing[] | undefined
  /** What has to be signed goes out in the order in which it was said, and so does what was said after it. */
  readonly #order = new InOrder(() => {})
  /** Which connection it is for: what another one should have carried is written anew by whoever keeps it. */
  #generation = 0
  #largest = Number.POSITIVE_INFINITY

  constructor(options: WritingOptions) {
    this.#options = options
  }

  /** There is another connection, whose server reads frames of so many bytes. */
  anew(largest: number): void {
    this.#generation++
    this.#largest = largest
  }

  write(outgoing: Outgoing): void {
    const { sealing } = this.#options
    const needs = sealing.needs(outgoing)
    if (!needs && !this.#order.busy) return this.#put(outgoing)
    const generation = this.#generation
    const holds = () => generation === this.#generation && this.#options.pending.has(outgoing.id)
    this.#order.do(async () => {
      // What is for another connection by now is in its turn again there.
      if (!holds()) return
      await this.#prepared(needs, outgoing, holds).then(
        (ready) => {
          // Nothing is said to one that has not said welcome yet.
          if (holds() && this.#options.link.open) this.#put(ready)
        },
        (thrown: unknown) => this.#options.pending.reject(outgoing.id, toTroupeError(thrown, 'INVALID_MESSAGE')),
      )
    })
  }

  async #prepared(needs: boolean, outgoing: Outgoing, holds: () => boolean): Promise<Outgoing> {
    if (!needs) return outgoing
    const { sealing, pending } = this.#options
    const sealed = await sealing.seal(outgoing)
    // Said again it has to be the same, and nothing is encrypted twice to the same text.
    if (sealed !== outgoing && holds()) pending.put(sealed)
    return sealing.sign(sealed)
  }

  /** What cannot be encoded fails alone: whoever gave it is told, the others' frames go on. */
  #put(outgoing: Outgoing): void {
    const { link, pending } = this.#options
    pending.wrote(outgoing.id)
    if (this.#batch) return void this.#batch.push(outgoing)
    try {
      link.write({ ...outgoing, payload: { ...outgoing.payload } }, this.#largest)
    } catch (thrown) {
      pending.reject(outgoing.id, toTroupeError(thrown, 'INVALID_MESSAGE'))
    }
  }

  /** What `say` asks goes in as few frames as may be. */
  batch(say: () => void): void {
    if (this.#batch) return say()
    this.#batch = []
    try {
      say()
    } finally {
      const frames = this.#batch
      this.#batch = undefined
      for (let at = 0; at < frames.length; at += largestBatch) this.#writeAll(frames.slice(at, at + largestBatch))
    }
  }

  #writeAll(frames: readonly Outgoing[]): void {
    const { link, ids } = this.#options
    try {
      link.write({ id: ids.next(), type: 'batch', payload: { frames } }, this.#largest)
    } catch {
      // One that cannot be written takes no other down with it: each goes by itself.
      for (const frame of frames) this.#put(frame)
    }
  }
}
