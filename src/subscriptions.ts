import { matches, parsePattern } from './protocol/topic.js'
export class Subscriptions<T> {
  #e = new Set<{ p: string[]; v: T }>()
  get size() { return this.#e.size }
  add(pattern: string, v: T) { const e = { p: parsePattern(pattern), v }; this.#e.add(e); return () => void this.#e.delete(e) }
  match(topic: string): readonly T[] { const t = topic.split('.'); return [...this.#e].filter((e) => matches(e.p, t)).map((e) => e.v) }
}
