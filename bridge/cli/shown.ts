/** Shows the output of a task, tells its agent how much has been shown, and knows what was not. */

import type { Loss } from '../../src/client/index.js'
import type { Envelope } from '../../src/protocol/envelope.js'
import type { Client } from '../client.js'

/** Pieces of at most 16 KB that may be on their way: far less than the bridge keeps for one that reads slowly. */
const window = 256
/** Pieces after which the agent is told. */
const every = 64

export class Shown {
  readonly #client: Client
  readonly #to: string
  readonly #task: string
  #paced = false
  #received = 0
  /** The last piece that is known of, shown or not. */
  #last = 0
  #shown = 0
  #told = 0
  #unknown = false

  constructor(client: Client, to: string, task: string) {
    this.#client = client
    this.#to = to
    this.#task = task
    client.losses.subscribe((loss) => this.#lost(loss))
    // What was told while the connection was lost may not have come.
    client.connection.subscribe(({ status }) => {
      if (status === 'open' && this.#paced && this.#told > 0) this.#tell()
    })
  }

  /** What to ask of the agent so that it prints no faster than this shows; nothing where this client may not tell it. */
  async pace(): Promise<{ readonly window?: number }> {
    const took = { type: 'took', task: this.#task, pieces: 0 }
    this.#paced = await this.#client.ask(this.#to, took, { timeout: 1_000 }).then(
      () => true,
      // One that is paused answers later.
      (error: { code?: string }) => error.code === 'TIMEOUT',
    )
    return this.#paced ? { window } : {}
  }

  show(event: Extract<Envelope['event'], { type: 'task.output' }>): void {
    const { sequence, stream, data } = event
    this.#received++
    this.#last = Math.max(this.#last, sequence)
    const out = stream === 'stdout' ? process.stdout : process.stderr
    out.write(data, () => this.#took(sequence))
  }

  /** What was not shown, for people; undefined where everything was. */
  get missing(): string | undefined {
    const pieces = this.#last - this.#received
    if (this.#unknown) return 'an unknown part of the output was not shown, since the connection was lost'
    return pieces > 0
      ? `${pieces} of ${this.#last} pieces of the output were not shown, since they came faster than they were read`
      : undefined
  }

  #lost({ topic, fromSeq, toSeq, reason }: Loss): void {
    console.error(
      reason === 'overflow'
        ? `troupe: output was lost, since it came faster than it could be sent (pieces ${fromSeq ?? '?'} to ${toSeq ?? '?'})`
        : `troupe: output was lost with the connection (${reason})`,
    )
    if (toSeq === null) this.#unknown = true
    // Pieces are all that is told on this topic.
    else if (topic === `task.${this.#task}.output`) {
      this.#last = Math.max(this.#last, toSeq)
      this.#took(toSeq)
    }
  }

  #took(sequence: number): void {
    this.#shown = Math.max(this.#shown, sequence)
    if (this.#paced && this.#shown - this.#told >= every) this.#tell()
  }

  #tell(): void {
    this.#told = this.#shown
    this.#client.send(this.#to, { type: 'took', task: this.#task, pieces: this.#shown })
  }
}
