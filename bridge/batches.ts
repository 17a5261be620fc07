/** The output of tasks, gathered for one connection before it is said: fewer and larger frames. */
import type { CancelTimer, Clock } from '../src/clock.js'
import type { Envelope } from '../src/protocol/envelope.js'
import type { EventOf } from '../src/protocol/event.js'
import type { Batching } from './dialect.js'

type Output = Envelope<EventOf<'task.output'>>

interface Piece {
  readonly envelope: Output
  readonly data: string
  readonly bytes: number
}

/** What waits of one task. */
interface Gathered {
  pieces: Piece[]
  bytes: number
  /** Pieces that had to go. */
  skipped: number
  cancel: CancelTimer
}

export class Batches {
  readonly #clock: Clock
  readonly #batching: Batching
  readonly #say: (envelope: Envelope, skipped: number) => void
  readonly #waiting = new Map<string, Gathered>()

  /** `say`: is given each batch as one event; `skipped`: pieces of output before it that were dropped. */
  constructor(clock: Clock, batching: Batching, say: (envelope: Envelope, skipped: number) => void) {
    this.#clock = clock
    this.#batching = batching
    this.#say = say
  }

  /** The smallest offset that waits. */
  get oldest(): number | undefined {
    let oldest: number | undefined
    for (const { pieces } of this.#waiting.values()) {
      const offset = pieces[0]?.envelope.offset
      if (offset !== undefined && (oldest === undefined || offset < oldest)) oldest = offset
    }
    return oldest
  }

  /** Whether it was gathered. What is not comes after what its task has said before. */
  take(envelope: Envelope): boolean {
    const { event } = envelope
    if (event.type === 'task.output') {
      this.#gather(envelope as Output)
      return true
    }
    if (event.type.startsWith('task.') && 'id' in event) this.flush(event.id)
    return false
  }

  /** Says what waits of a task. */
  flush(task: string): void {
    const gathered = this.#waiting.get(task)
    if (!gathered) return
    this.#waiting.delete(task)
    gathered.cancel()
    let { skipped } = gathered
    for (const envelope of merged(gathered.pieces)) {
      this.#say(envelope, skipped)
      skipped = 0
    }
  }

  close(): void {
    for (const { cancel } of this.#waiting.values()) cancel()
    this.#waiting.clear()
  }

  #gather(envelope: Output): void {
    const { window, chunk, buffer } = this.#batching
    const { id, data } = envelope.event
    const gathered = this.#waiting.get(id) ?? this.#begin(id, window)
    for (const piece of chunks(data, chunk)) {
      const bytes = Buffer.byteLength(piece)
      gathered.pieces.push({ envelope, data: piece, bytes })
      gathered.bytes += bytes
    }
    while (gathered.bytes > buffer) {
      const oldest = gathered.pieces.shift()
      if (!oldest) return
      gathered.bytes -= oldest.bytes
      gathered.skipped++
    }
  }

  #begin(task: string, window: number): Gathered {
    const cancel = this.#clock.after(window, () => this.flush(task))
    const gathered: Gathered = { pieces: [], bytes: 0, skipped: 0, cancel }
    this.#waiting.set(task, gathered)
    return gathered
  }
}

/** Runs of one stream in a batch up to which they stay in order. With more, order between the streams gives way to whole streams. */
const runsInOrder = 4

interface Run {
  envelope: Output
  readonly data: string[]
}

/** Neighbours of one stream become one event, that of the last of them; where the streams take many turns, all of each does. */
const merged = (pieces: readonly Piece[]): Output[] => {
  const runs: Run[] = []
  for (const { envelope, data } of pieces) extend(runs, runs.at(-1), envelope, [data])
  const said = runs.length > runsInOrder ? byStream(runs) : runs
  return said.map(({ envelope, data }) => ({ ...envelope, event: { ...envelope.event, data: data.join('') } }))
}

/** One run for each stream, the one that printed last at the end. */
const byStream = (runs: readonly Run[]): readonly Run[] => {
  const whole: Run[] = []
  for (const { envelope, data } of runs) {
    const same = whole.find((run) => run.envelope.event.stream === envelope.event.stream)
    extend(whole, same, envelope, data)
  }
  return whole.sort((a, b) => a.envelope.offset - b.envelope.offset)
}

/** Adds to a run of the same stream, or begins one. */
const extend = (runs: Run[], run: Run | undefined, envelope: Output, data: readonly string[]): void => {
  if (run?.envelope.event.stream !== envelope.event.stream) return void runs.push({ envelope, data: [...data] })
  run.envelope = envelope
  for (const piece of data) run.data.push(piece)
}

/** Text in pieces of so many bytes at the most, no character cut. */
const chunks = (text: string, size: number): string[] => {
  // No unit of a string takes more than three bytes.
  if (text.length * 3 <= size || Buffer.byteLength(text) <= size) return [text]
  const bytes = Buffer.from(text)
  const pieces: string[] = []
  for (let from = 0; from < bytes.length; ) {
    let to = Math.min(from + size, bytes.length)
    // A byte that goes on with a character (10xxxxxx) does not begin a piece.
    while (to < bytes.length && to > from + 1 && ((bytes[to] ?? 0) & 0xc0) === 0x80) to--
    pieces.push(bytes.toString('utf8', from, to))
    from = to
  }
  return pieces
}
