/** A conversation that a server of `troupe.v1` has to be able to have, as data. */

/** What is looked for in a frame: every field named has to fit. See `matcher.ts` for the words that stand for more than themselves. */
export type Pattern = Readonly<Record<string, unknown>>

/** Each step is on the connection `on`; default `a`. Frames come in any order, but each is looked at once. */
export type Step = { readonly on?: string } & (
  | { /** Opens a connection. */ readonly open: true }
  | { /** Sends a frame. */ readonly say: Pattern }
  | { /** Sends a text as it stands; for JSON only. */ readonly text: string }
  | { /** Sends a frame that is so many bytes larger than the limit that the welcome named. */ readonly oversize: number }
  | { /** Waits for a frame. */ readonly expect: Pattern }
  | { /** How many frames have come so far that fit. */ readonly came: Pattern; readonly times: number }
  | { /** Waits until the server closes the connection, with this code. */ readonly closed: number }
  | { /** Cuts the connection without a word. */ readonly drop: true }
)

/** What a script needs beside the protocol itself. */
export type Need = 'token' | 'secret' | 'definition' | 'acked'

export interface Script {
  readonly name: string
  /** The heading of PROTOCOL.md that it holds. */
  readonly holds: string
  readonly needs?: readonly Need[]
  /** Only in this codec. */
  readonly only?: 'json' | 'msgpack'
  readonly steps: readonly Step[]
}

/** Opens a connection and says hello. */
export const welcomed = (on = 'a', more: Pattern = {}): Step[] => [
  { on, open: true },
  { on, say: { id: `hello-${on}`, type: 'hello', payload: { token: '<token>', ...more } } },
  { on, expect: { type: 'welcome', correlationId: `hello-${on}` } },
]

/** Asks, and waits for the reply. */
export const asked = (id: string, type: string, payload: Pattern, reply: Pattern = {}, on = 'a'): Step[] => [
  { on, say: { id, type, payload } },
  { on, expect: { type: 'reply', correlationId: id, payload: reply } },
]

/** Asks, and waits for a refusal with this code. */
export const refused = (id: string, type: string, payload: Pattern, code: string, on = 'a'): Step[] => [
  { on, say: { id, type, payload } },
  { on, expect: { type: 'error', correlationId: id, payload: { code } } },
]
