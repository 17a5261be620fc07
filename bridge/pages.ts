/** Long answers, page by page: all pages of one view are of one moment. */
import type { CancelTimer, Clock } from '../src/clock.js'
import { TroupeError } from '../src/errors.js'
import type { Ids } from '../src/ids.js'
import { type ViewData, viewLists } from '../src/protocol/view.js'

/** What is kept of views that were not read to their end: so many, and for so many milliseconds after the last page. */
const pagesKept = { views: 100, milliseconds: 60_000 } as const

interface Rest {
  readonly sub: string
  readonly data: ViewData
  readonly forget: CancelTimer
}

export class Pages {
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #rests = new Map<string, Rest>()

  constructor(clock: Clock, ids: Ids) {
    this.#clock = clock
    this.#ids = ids
  }

  get size(): number {
    return this.#rests.size
  }

  /** The first so many entries; the rest is kept for this client. */
  first(data: ViewData, limit: number, sub: string): ViewData {
    const page = { ...data }
    const rest = { ...data }
    let room = limit
    for (const list of viewLists) {
      const taken = data[list].length > room ? room : data[list].length
      room -= taken
      // A part of a list is a list of the same kind, which the compiler does not see through the union of all.
      Object.assign(page, { [list]: data[list].slice(0, taken) })
      Object.assign(rest, { [list]: data[list].slice(taken) })
    }
    if (viewLists.every((list) => rest[list].length === 0)) return page
    const next = this.#ids.next()
    if (this.#rests.size >= pagesKept.views) for (const [oldest] of this.#rests) if (this.#take(oldest)) break
    const forget = this.#clock.after(pagesKept.milliseconds, () => this.#rests.delete(next), { holds: false })
    this.#rests.set(next, { sub, data: rest, forget })
    return { ...page, next }
  }

  /** The next so many. Throws `ENDED` where they are no longer kept, or were never this client's. */
  next(name: string, limit: number, sub: string): ViewData {
    const rest = this.#rests.get(name)?.sub === sub ? this.#take(name) : undefined
    if (!rest) throw new TroupeError('ENDED', 'The rest of that view is no longer kept; ask for the view anew.')
    return this.first(rest.data, limit, sub)
  }

  #take(name: string): Rest | undefined {
    const rest = this.#rests.get(name)
    this.#rests.delete(name)
    rest?.forget()
    return rest
  }
}
