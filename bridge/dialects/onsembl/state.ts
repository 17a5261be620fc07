/** What one connection of an Onsembl dashboard remembers. */
import type { OpenContext, PlainFrame } from '../../dialect.js'
import type { Settings } from './options.js'
import { frameOf, type InWord, type OutWord, type Payload } from './words.js'

/** A message that waits for its answer. */
interface Waiting {
  readonly word: InWord
  /** What the answer repeats of it. */
  readonly sequence?: number | undefined
  readonly agentId?: string | undefined
  readonly commandId?: string | undefined
}

export class State {
  readonly context: OpenContext
  readonly settings: Settings
  welcome = false
  /** By the id of the request. */
  readonly waiting = new Map<string, Waiting>()
  /** Commands that were requested here and are not over. */
  readonly requested = new Set<string>()
  /** The number of the piece of output that was sent last, by command. */
  readonly #sequences = new Map<string, number>()

  constructor(context: OpenContext, settings: Settings) {
    this.context = context
    this.settings = settings
  }

  frame<T extends OutWord>(type: T, payload: Payload<T>, at = this.context.now()): PlainFrame {
    return frameOf(type, payload, at)
  }

  /** The next number of a command's output; pieces that were dropped leave a hole. */
  next(command: string, dropped: number): number {
    const sequence = (this.#sequences.get(command) ?? 0) + dropped + 1
    this.#sequences.set(command, sequence)
    return sequence
  }

  /** The command is over. Whether it was requested here. */
  over(command: string): boolean {
    this.#sequences.delete(command)
    return this.requested.delete(command)
  }
}
