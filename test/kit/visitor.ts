/** A client of any protocol on the bench: says frames with ids of its own, and keeps what it said and was told. */
import type { Bench } from './socket.js'
import type { Shape, Tongue } from './tongues/tongue.js'
import { principals, type Turmoil } from './turmoil.js'

export interface Visitor {
  readonly wire: ReturnType<Bench['open']>['wire']
  /** Every frame that it said, those within a batch too. */
  readonly said: readonly Shape[]
  readonly heard: readonly Shape[]
  /** What was not answered as often as it was to be. */
  unanswered(): readonly string[]
  say(frame: Shape): void
  /** Says what need not be a frame. */
  blurt(what: string | Uint8Array): void
  /** Says hello, where that is needed, and asks to hear of everything. */
  enter(): Promise<void>
  /** What is wrong with what it was told. `pure`: no client publishes anything. */
  misfits(pure?: boolean): readonly string[]
}

/** `token`: the name of a principal. */
export const visitor = (at: Turmoil, tongue: Tongue, token = 'admin', client = 'one'): Visitor => {
  const { dialect, hello, listen, params = {} } = tongue
  const opening = { dialect, params: { ...params, ...(params['id'] ? { id: client } : {}) } }
  const { connection, wire } = at.open({ ...opening, admitted: hello ? undefined : principals[token] })
  const said: Shape[] = []
  let count = 0
  const numbered = (frame: Shape): Shape => {
    const id = `m${++count}`
    const { payload } = frame
    const inner = typeof payload === 'object' && payload !== null && 'frames' in payload ? (payload.frames as Shape[]) : undefined
    return {
      ...frame,
      id,
      // A correlation that is given is one that nobody else has.
      ...(frame['correlationId'] === '' ? { correlationId: `c${count}` } : {}),
      ...(frame['type'] === 'batch' && inner ? { payload: { frames: inner.map(numbered) } } : {}),
    }
  }
  const say = (frame: Shape) => {
    const text = at.filledIn(JSON.stringify(numbered(frame)))
    const spoken = JSON.parse(text) as Shape
    const { frames = [] } = (spoken['type'] === 'batch' ? spoken['payload'] : {}) as { frames?: Shape[] }
    said.push(spoken, ...frames)
    connection.message(text)
  }
  return {
    ...{ wire, said, say },
    unanswered() {
      const given = [...at.system.state.tasks.values()].filter(({ by }) => by === token).length
      return tongue.unanswered(said, wire.frames as unknown as readonly Shape[], given)
    },
    blurt(what) {
      const text = typeof what === 'string' ? at.filledIn(what) : what
      said.push(...framesIn(text))
      connection.message(text)
    },
    // What is written are frames.
    heard: wire.frames as unknown as readonly Shape[],
    async enter() {
      if (hello) say(hello(token))
      await at.settle()
      for (const frame of listen) say(frame)
      await at.settle()
      said.length = 0
      wire.frames.length = 0
    },
    misfits: (pure = false) =>
      (wire.frames as unknown as readonly Shape[]).flatMap((frame) => {
        const wrong = tongue.misfit(frame, said, pure)
        return wrong === undefined
          ? []
          : [
              `${JSON.stringify(frame).slice(0, 2_000)}: ${typeof wrong === 'string' ? wrong : JSON.stringify(wrong).slice(0, 2_000)}`,
            ]
      }),
  }
}

/** The frames that a text is, as far as it is any. */
const framesIn = (text: string | Uint8Array): readonly Shape[] => {
  try {
    const value = JSON.parse(String(text)) as Shape
    const { frames = [] } = (value['type'] === 'batch' ? value['payload'] : {}) as { frames?: Shape[] }
    return [value, ...frames].filter((each) => typeof each === 'object' && each !== null && 'id' in each)
  } catch {
    return []
  }
}
