/** Plays scripts against a server, and says which it holds. */

import type { SocketConstructor } from '../../src/client/socket.js'
import { type Clock, systemClock } from '../../src/clock.js'
import { jsonCodec } from '../../src/codec/json.js'
import { msgpackCodec } from '../../src/codec/msgpack.js'
import { describeThrown, TroupeError } from '../../src/errors.js'
import { Line } from './line.js'
import { filled, type Kept, misfit } from './matcher.js'
import type { Need, Script, Step } from './script.js'

export interface Server {
  readonly url: string
  readonly WebSocket: SocketConstructor
  /** What placeholders stand for: `token`, `definition`, `message` … What is not there, a script that needs it goes without. */
  readonly given: Readonly<Partial<Record<string, unknown>>>
  /** Milliseconds that an answer may take. Default 2,000. */
  readonly patience?: number
  readonly clock?: Clock
}

export interface Verdict {
  readonly script: string
  readonly codec: 'json' | 'msgpack'
  readonly verdict: 'held' | 'failed' | 'skipped'
  /** Why it was skipped, or which step failed, from 1, and how. */
  readonly why?: string
  /** The last frames that came before it failed. */
  readonly came?: readonly unknown[]
}

const codecs = { json: jsonCodec, msgpack: msgpackCodec }

class Misheard extends Error {
  readonly came: readonly unknown[]

  constructor(message: string, line: Line | undefined) {
    super(message)
    this.came = line?.frames.slice(-6).map(({ frame }) => frame) ?? []
  }
}

let played = 0

/** Plays one script in one codec. Rejects with `DISCONNECTED` when the server cannot be reached at all. */
export const play = async (script: Script, codec: 'json' | 'msgpack', server: Server): Promise<Verdict> => {
  const common = { script: script.name, codec }
  const missing = (script.needs ?? []).filter((need: Need) => server.given[need] === undefined)
  if (missing.length > 0)
    return { ...common, verdict: 'skipped', why: `it needs a ${missing.join(' and a ')}, which was not given` }
  if (script.only && script.only !== codec) return { ...common, verdict: 'skipped', why: `it is about ${script.only} only` }
  const lines = new Map<string, Line>()
  // Ids of our own in every run, so that a server that remembers the last one is no trouble.
  const kept: Kept = new Map<string, unknown>([
    ...Object.entries(server.given),
    ['unique', `c${(server.clock ?? systemClock).now().toString(36)}${++played}`],
  ])
  try {
    for (const [at, step] of script.steps.entries()) {
      const wrong = await take(step, lines, kept, codec, server)
      if (wrong) return { ...common, verdict: 'failed', why: `step ${at + 1}: ${wrong.message}`, came: wrong.came }
    }
    return { ...common, verdict: 'held' }
  } finally {
    for (const line of lines.values()) line.drop()
  }
}

const take = async (
  step: Step,
  lines: Map<string, Line>,
  kept: Kept,
  codec: 'json' | 'msgpack',
  { url, WebSocket, patience = 2_000, clock = systemClock }: Server,
): Promise<Misheard | undefined> => {
  const { on = 'a' } = step
  if ('open' in step) {
    const line = new Line(WebSocket, url, codecs[codec], clock)
    if (!(await line.opened(patience)))
      throw new TroupeError(
        'DISCONNECTED',
        `The server at ${url} does not let troupe.v1+${codec} in; is it there, and is this its address?`,
      )
    return void lines.set(on, line)
  }
  const line = lines.get(on)
  if (!line) return new Misheard(`there is no connection ${on}`, undefined)
  try {
    return await act(step, line, kept, patience)
  } catch (thrown) {
    return new Misheard(describeThrown(thrown), line)
  }
}

const act = async (step: Step, line: Line, kept: Kept, patience: number): Promise<Misheard | undefined> => {
  if ('say' in step) return void line.say(filled(step.say, kept))
  if ('text' in step) return void line.text(step.text)
  if ('drop' in step) return void line.drop()
  if ('oversize' in step) {
    const limit = Number(
      (line.frames.find(({ frame }) => frame['type'] === 'welcome')?.frame['payload'] as { limits?: { frame?: number } })?.limits
        ?.frame,
    )
    return void line.say({ id: 'oversize', type: 'ping', payload: { filling: 'x'.repeat(limit + step.oversize) } })
  }
  if ('closed' in step) {
    await line.until(() => line.closed !== undefined, patience)
    return line.closed === step.closed
      ? undefined
      : new Misheard(`expected the close code ${step.closed}, came ${line.closed ?? 'none'}`, line)
  }
  if ('came' in step) {
    const { length } = line.frames.filter(({ frame }) => misfit(step.came, frame, new Map(kept)) === undefined)
    return length === step.times
      ? undefined
      : new Misheard(`expected ${step.times} frames like ${JSON.stringify(step.came)}, came ${length}`, line)
  }
  if ('expect' in step) return expectFrame(step.expect, line, kept, patience)
  return undefined
}

const expectFrame = async (pattern: unknown, line: Line, kept: Kept, patience: number): Promise<Misheard | undefined> => {
  const find = () => line.frames.find(({ frame, taken }) => !taken && misfit(pattern, frame, new Map(kept)) === undefined)
  await line.until(() => find() !== undefined || line.closed !== undefined, patience)
  const found = find()
  if (found) {
    found.taken = true
    // Once more, to keep what it is to be kept.
    misfit(pattern, found.frame, kept)
    return undefined
  }
  const { type } = pattern as { type?: unknown }
  const near = line.frames.filter(({ frame, taken }) => !taken && frame['type'] === type).at(-1)
  const why = near ? misfit(pattern, near.frame, new Map(kept)) : `expected ${JSON.stringify(pattern)}, which did not come`
  return new Misheard(
    line.closed === undefined || near ? (why ?? '') : `${why}; the connection was closed with ${line.closed}`,
    line,
  )
}
