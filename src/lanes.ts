import type { Priority } from './protocol/priority.js'
import { level } from './protocol/priority.js'
export class Lanes<T> {
  #l: T[][] = [[], [], [], []]
  constructor(readonly o: { capacity: number; onDrop?: ((i: T) => void) | undefined }) {}
  get size() { return this.#l.reduce((s, x) => s + x.length, 0) }
  push(i: T, p: Priority, _e?: string) { this.#l[level(p)]?.push(i) }
  shift(): T | undefined { for (let k = 3; k >= 0; k--) { const x = this.#l[k]?.shift(); if (x !== undefined) return x } return undefined }
  clear(): T[] { const r = [...this]; this.#l = [[], [], [], []]; return r }
  *[Symbol.iterator]() { for (let k = 3; k >= 0; k--) yield* this.#l[k] ?? [] }
}
