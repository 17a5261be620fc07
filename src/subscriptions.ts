/** Who listens to which pattern: a trie over the segments, and a cache of topic → listeners that is invalidated precisely. */
import { matches, parsePattern } from './protocol/topic.js'

interface Entry<T> {
  readonly value: T
  /** Listeners hear in the order in which they came. */
  readonly order: number
}

interface Branch<T> {
  readonly children: Map<string, Branch<T>>
  readonly entries: Set<Entry<T>>
}

const branch = <T>(): Branch<T> => ({ children: new Map(), entries: new Set() })

/** Topics whose listeners are remembered. */
const cacheSize = 10_000

export class Subscriptions<T> {
  readonly #root: Branch<T> = branch()
  readonly #cache = new Map<string, { readonly parts: readonly string[]; readonly values: readonly T[] }>()
  #order = 0
  #size = 0

  /** How many patterns are listened to, each counted once for each listener. */
  get size(): number {
    return this.#size
  }

  /** Throws `INVALID_MESSAGE` for what is not a pattern. Returns how to undo it; twice is fine. */
  add(pattern: string, value: T): () => void {
    const parts = parsePattern(pattern)
    const way: Branch<T>[] = [this.#root]
    let at = this.#root
    for (const part of parts) {
      const next: Branch<T> = at.children.get(part) ?? branch()
      at.children.set(part, next)
      way.push(next)
      at = next
    }
    const entry: Entry<T> = { value, order: this.#order++ }
    at.entries.add(entry)
    this.#size++
    this.#forget(pattern, parts)
    return () => {
      if (!at.entries.delete(entry)) return
      this.#size--
      for (let depth = parts.length; depth > 0; depth--) {
        const node = way[depth]
        if (!node || node.entries.size > 0 || node.children.size > 0) break
        way[depth - 1]?.children.delete(parts[depth - 1] ?? '')
      }
      this.#forget(pattern, parts)
    }
  }

  /** The listeners of a topic. The list is never changed afterwards; one who listens to two covering patterns stands there twice. */
  match(topic: string): readonly T[] {
    const known = this.#cache.get(topic)
    if (known) return known.values
    const parts = topic.split('.')
    const found = new Set<Entry<T>>()
    collect(this.#root, parts, 0, found, new Map())
    const values = [...found].sort((a, b) => a.order - b.order).map((entry) => entry.value)
    // The oldest goes: topics that are in use come back at once, those of what has ended do not.
    if (this.#cache.size >= cacheSize) for (const [oldest] of this.#cache) if (this.#cache.delete(oldest)) break
    this.#cache.set(topic, { parts, values })
    return values
  }

  #forget(pattern: string, parts: readonly string[]): void {
    if (!/[*#]/.test(pattern)) return void this.#cache.delete(pattern)
    for (const [topic, known] of this.#cache) if (matches(parts, known.parts)) this.#cache.delete(topic)
  }
}

/** `begun`: from where on each # was already followed, so that no pattern of many # makes it slow. */
const collect = <T>(
  at: Branch<T>,
  parts: readonly string[],
  from: number,
  found: Set<Entry<T>>,
  begun: Map<Branch<T>, number>,
): void => {
  const rest = at.children.get('#')
  if (rest) {
    const known = begun.get(rest) ?? parts.length + 1
    if (from < known) begun.set(rest, from)
    for (let skip = from; skip < known; skip++) collect(rest, parts, skip, found, begun)
  }
  const part = parts[from]
  if (part === undefined) {
    for (const entry of at.entries) found.add(entry)
    return
  }
  const exact = at.children.get(part)
  if (exact) collect(exact, parts, from + 1, found, begun)
  const any = at.children.get('*')
  if (any) collect(any, parts, from + 1, found, begun)
}
