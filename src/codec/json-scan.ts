/** Reads JSON without building anything, to refuse what is not safe to parse, or would cost too much. */
import { TroupeError } from '../errors.js'
import { isForbiddenKey } from './codec.js'
import { type FrameLimits, tooMuch } from './limits.js'

/** What a frame in JSON is refused with. */
export const badJson = (what: string) => new TroupeError('BAD_FRAME', `Expected a frame in JSON: ${what}`.slice(0, 300))

/** Refuses text that is nested too deep. All that a short text needs, since its length bounds everything else. */
export const checkDepth = (text: string, limit: number): void => {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (quoted) {
      if (code === 92 /* \ */) at++
      else if (code === 34 /* " */) quoted = false
    } else if (code === 34) quoted = true
    else if (code === 123 /* { */ || code === 91 /* [ */) {
      if (++depth > limit) throw badJson(tooMuch.depth(limit))
    } else if (code === 125 /* } */ || code === 93 /* ] */) depth--
  }
}

/** Refuses what is beyond the limits, and names that reach into prototypes, however they are escaped. What is no JSON is left to the parser. */
export const scanJson = (text: string, limits: FrameLimits): void => new Scan(text, limits).run()

class Scan {
  readonly #text: string
  readonly #limits: FrameLimits
  /** Commas of each list or object that is open, and which of these are objects. */
  readonly #counts: number[] = []
  readonly #objects: boolean[] = []
  #values = 0

  constructor(text: string, limits: FrameLimits) {
    this.#text = text
    this.#limits = limits
  }

  run(): void {
    const text = this.#text
    for (let at = 0; at < text.length; at++) {
      switch (text.charCodeAt(at)) {
        case 34 /* " */:
          at = this.#quoted(at)
          break
        case 123 /* { */:
          this.#open(true)
          break
        case 91 /* [ */:
          this.#open(false)
          break
        case 125 /* } */:
        case 93 /* ] */:
          this.#counts.pop()
          this.#objects.pop()
          break
        case 44 /* , */:
          this.#next()
      }
    }
  }

  #open(object: boolean): void {
    if (this.#counts.length >= this.#limits.depth) throw badJson(tooMuch.depth(this.#limits.depth))
    this.#counts.push(0)
    this.#objects.push(object)
    this.#next()
  }

  /** One more item or field of the innermost; an empty list counts as one item too, which is what it costs. */
  #next(): void {
    const { items, fields, values } = this.#limits
    if (++this.#values > values) throw badJson(tooMuch.values(values))
    const last = this.#counts.length - 1
    if (last < 0) return
    const count = (this.#counts[last] ?? 0) + 1
    this.#counts[last] = count
    if (this.#objects[last]) {
      if (count > fields) throw badJson(tooMuch.fields(fields))
    } else if (count > items) throw badJson(tooMuch.items(items))
  }

  /** Returns where the text that begins at `from` ends. */
  #quoted(from: number): number {
    const text = this.#text
    let escaped = false
    let end = from + 1
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end)
      if (code === 34 /* " */) break
      if (code !== 92 /* \ */) continue
      escaped = true
      end++
    }
    const { text: longest, name } = this.#limits
    if (end - from - 1 > longest) throw badJson(tooMuch.text(longest))
    if (!this.#isName(end + 1)) return end
    if (end - from - 1 > name) throw badJson(tooMuch.name(name))
    this.#checkName(from, end, escaped)
    return end
  }

  #isName(after: number): boolean {
    for (let at = after; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at)
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return code === 58 /* : */
    }
    return false
  }

  #checkName(from: number, end: number, escaped: boolean): void {
    const length = end - from - 1
    // Plain names are as long as they look; escaped ones are longer.
    if (escaped ? length < 9 : length !== 9 && length !== 11) return
    const raw = this.#text.slice(from + 1, end)
    const key = escaped ? unescaped(raw) : raw
    if (isForbiddenKey(key)) throw badJson(`the key ${key} is not allowed anywhere in it.`)
  }
}

/** A text as the parser reads it; one that it cannot read is its to refuse. */
const unescaped = (raw: string): string => {
  try {
    return String(JSON.parse(`"${raw}"`))
  } catch {
    return raw
  }
}
