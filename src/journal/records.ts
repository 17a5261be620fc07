/** The records of a journal in memory: small values by their keys. */
import { TroupeError } from '../errors.js'
import type { Records } from './journal.js'

/** Characters of a key. */
const longest = 512

export class RecordMap implements Records {
  readonly #values: Map<string, unknown>
  readonly #changed: (key: string) => void

  /** `values`: what is remembered already. `changed`: told of every key that was put or deleted. */
  constructor(values = new Map<string, unknown>(), changed: (key: string) => void = () => {}) {
    this.#values = values
    this.#changed = changed
  }

  get(key: string): unknown {
    return this.#values.get(key)
  }

  put(key: string, value: unknown): void {
    if (key.length === 0 || key.length > longest)
      throw new TroupeError('INVALID_MESSAGE', `The key of a record has 1 to ${longest} characters; this one has ${key.length}.`)
    if (value === undefined) throw new TroupeError('INVALID_MESSAGE', `A record is plain data; delete ${key} to forget it.`)
    this.#values.set(key, value)
    this.#changed(key)
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#changed(key)
  }

  *list(prefix: string): Generator<readonly [key: string, value: unknown], void, void> {
    const keys = [...this.#values.keys()].filter((key) => key.startsWith(prefix)).sort()
    for (const key of keys) if (this.#values.has(key)) yield [key, this.#values.get(key)]
  }
}
