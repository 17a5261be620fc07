/** `DEBUG=ws:*`: every frame that comes and goes as a line of JSON, without what is secret in it. */
import { msgpackCodec } from '../src/codec/msgpack.js'

/** Characters of a frame that are shown. */
const shown = 500

/** Members that are nobody's business. */
const secret = /token|secret|passw(?:or)?d|passphrase|authorization|credential|cookie|api[-_]?key|private[-_]?key/i
/** A JWT, wherever it stands. What follows is bounded, or begins where a word does: no text makes it slow. */
const tokens = /(?<![\w-])eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)*/g
/** What is handed over as a bearer, and what an address carries under such a name: tokens need not be JWTs. */
const bearers = /\b(Bearer\s{1,16})[^\s"'\\,;]+/gi
const carried = new RegExp(`([?&][\\w-]{0,64}(?:${secret.source})[\\w-]{0,64}=)[^&#\\s"'\\\\]*`, 'gi')
/** In what is not JSON: from a name like that, with or without quotes, to the end. */
const rest = new RegExp(`((?:${secret.source})[\\w-]{0,64}\\\\{0,16}["']?\\s{0,16}[:=]).*`, 'is')
/** Letters that are written as escapes, which would hide a name. */
const escaped = /\\u00([2-7][0-9a-f])/gi

const hidden = (key: string, value: unknown): unknown => {
  if (secret.test(key)) return '[secret]'
  // JSON may stand in a text of JSON.
  return typeof value === 'string' ? redacted(value) : value
}

/** A text without tokens and what is named like a secret. */
export const redacted = (text: string): string => {
  const without = text.replace(tokens, '[token]').replace(bearers, '$1[token]').replace(carried, '$1[secret]')
  try {
    if (/^\s*[[{"]/.test(without)) return JSON.stringify(JSON.parse(without), hidden)
  } catch {
    // It is no JSON, or not a whole one: nobody can say where what is secret ends.
  }
  return without
    .replace(escaped, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(rest, '$1 [secret]')
}

interface Framed {
  readonly direction: 'in' | 'out'
  readonly connection: string
  readonly dialect: string
  readonly data: string | Uint8Array
}

export interface FrameLog {
  note(frame: Framed): void
}

/** Binary frames are MessagePack; of one that cannot be read too little is shown to be a secret. */
const textOf = (data: string | Uint8Array): string => {
  if (typeof data === 'string') return data
  try {
    return JSON.stringify(msgpackCodec.decode(data))
  } catch {
    return `(binary) ${Buffer.from(data.subarray(0, 4)).toString('hex')}`
  }
}

const patternsIn = (words: readonly string[]): RegExp[] =>
  words.map(
    (word) =>
      new RegExp(
        `^${word
          .split('*')
          .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
          .join('.*')}$`,
      ),
  )

/**
 * What `selection` turns on, in the words of the package `debug`: `ws:*`, `ws:in`, `ws:out`, `ws:<dialect>`, several with commas, and
 * `-ws:out` for what is left out. Undefined where it turns on none of these.
 */
export const frameLog = (selection: string | undefined, write: (line: string) => void): FrameLog | undefined => {
  const words = (selection ?? '').split(/[\s,]+/).filter(Boolean)
  const wanted = patternsIn(words.filter((word) => /^(ws:|\*$)/.test(word)))
  const unwanted = patternsIn(words.filter((word) => word.startsWith('-ws:')).map((word) => word.slice(1)))
  if (wanted.length === 0) return undefined
  return {
    note({ direction, connection, dialect, data }) {
      const names = [`ws:${direction}`, `ws:${dialect}`]
      const fits = (patterns: readonly RegExp[]) => patterns.some((pattern) => names.some((name) => pattern.test(name)))
      if (!fits(wanted) || fits(unwanted)) return
      // Cut last: half of a secret would not be known as one.
      const text = redacted(textOf(data))
      const type = /"type":\s*"([^"\\]{1,64})"/.exec(text)?.[1]
      const bytes = typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength
      const cut = text.length > shown ? `${text.slice(0, shown)}…` : text
      write(
        `${JSON.stringify({ ws: direction, connection, dialect, bytes, ...(type === undefined ? {} : { type }), text: cut })}\n`,
      )
    },
  }
}
