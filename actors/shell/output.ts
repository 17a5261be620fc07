/** One stream of a process, read as text. */
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
// Processes live in the machine's time, whatever clock the system is given.
import { systemClock } from '../../src/clock.js'

/** Longest piece, in bytes. */
const pieceLength = 16_384

/**
 * Reads a stream as text: in order, no character cut, no piece longer than 16 KB. A flood is read at the pace of who hears it, at most
 * one buffer of the stream at a time with the rest of the world in between, and what came meanwhile comes as one.
 */
export class Output {
  readonly #stream: Readable
  readonly #hear: (data: string) => void
  readonly #ready: (() => Promise<void>) | undefined
  /** Resolves when the stream has ended or was closed and all of it is told; rejects with what `hear` threw. */
  readonly ended: Promise<void>
  /** How often something has been read so far: whoever waits for silence compares. */
  reads = 0
  /** Whether it waits for whoever hears it: its silence says nothing then. */
  held = false
  #closed = false

  /** `ready`: resolves when more may be read. */
  constructor(stream: Readable, hear: (data: string) => void, ready?: () => Promise<void>) {
    this.#stream = stream
    this.#hear = hear
    this.#ready = ready
    this.ended = this.#read()
    // It may fail before anybody waits for it.
    this.ended.catch(() => {})
  }

  /** Reads no more: somebody may hold the other end for ever. */
  close(): void {
    this.#closed = true
    this.#stream.destroy()
  }

  async #read(): Promise<void> {
    const decoder = new StringDecoder('utf8')
    const say = (text: string) => {
      if (text !== '') this.#hear(text)
    }
    const stream: AsyncIterable<Buffer> = this.#stream
    try {
      for await (const chunk of stream) {
        this.reads++
        for (let at = 0; at < chunk.length; at += pieceLength) say(decoder.write(chunk.subarray(at, at + pieceLength)))
        this.held = true
        await this.#ready?.()
        this.held = false
        await new Promise<void>((resolve) => systemClock.yield(resolve))
      }
    } catch (error) {
      // A terminal that nobody has open any more ends with EIO.
      if (!this.#closed && (error as NodeJS.ErrnoException).code !== 'EIO') throw error
    }
    say(decoder.end())
  }
}

/**
 * Waits until all have ended; closes them when nothing has come for `silence` ms, or after `longest` ms in any case: both count while
 * nothing is held back.
 * A busy process does not count as silence: what has arrived by then is read first.
 */
export const drain = async (outputs: readonly Output[], silence: number, longest: number): Promise<void> => {
  let deadline = systemClock.now() + longest
  let over = false
  const all = Promise.all(outputs.map((each) => each.ended)).then(() => {
    over = true
  })
  const reads = () => outputs.reduce((sum, each) => sum + each.reads, 0)
  const held = () => outputs.some((each) => each.held)
  for (let before = -1; !over && reads() !== before && systemClock.now() < deadline; ) {
    before = held() ? -1 : reads()
    if (held()) deadline = systemClock.now() + longest
    await within(all, silence)
    await new Promise<void>((resolve) => systemClock.yield(resolve))
  }
  for (const each of outputs) each.close()
  await all
}

/** Waits for `work`, but no longer than so many milliseconds. */
export const within = async (work: Promise<unknown>, milliseconds: number): Promise<void> => {
  let cancel = () => {}
  const late = new Promise<void>((resolve) => {
    cancel = systemClock.after(milliseconds, resolve)
  })
  try {
    await Promise.race([work, late])
  } finally {
    cancel()
  }
}
