/** Long answers, page by page: all pages of one view are of one moment. */
import type { CancelTimer, Clock } from '../src/clock.js'
import { TroupeError } from '../src/errors.js'
import type { Ids } from '../src/ids.js'
import { type ViewData, viewLists } from '../src/protocol/view.js'
import { Shares } from '../src/shares.js'

/** What is kept of views that were not read to their end: of so many what is next and what was last, for so many milliseconds after that. */
const pagesKept = { rests: 200, milliseconds: 60_000 } as const

interface Rest {
  /** Who may have it: a client, with what it may read. */
  readonly whose: string
  readonly data: ViewData
  readonly forget: CancelTimer
  /** The rest that the page before began with: kept until this one is asked for, since its answer may have been lost. */
  readonly former: string | undefined
  /** The page that was made of it, for whoever asks again. */
  made: { readonly limit: number; readonly page: ViewData } | undefined
}

export class Pages {
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #rests = new Shares<Rest>(pagesKept.rests)

  constructor(clock: Clock, ids: Ids) {
    this.#clock = clock
    this.#ids = ids
  }

  get size(): number {
    return this.#rests.size
  }

  /** The first so many entries; the rest is kept for this client. */
  first(data: ViewData, limit: number, whose: string): ViewData {
    return this.#page(data, limit, whose)
  }

  /** The next so many; the same ones again until those after them are asked for. Throws `ENDED` where they are no longer kept, or were made for somebody else, or for other rights. */
  next(name: string, limit: number, whose: string): ViewData {
    const rest = this.#rests.get(name)
    if (!rest || rest.whose !== whose)
      throw new TroupeError('ENDED', 'The rest of that view is no longer kept; ask for the view anew.')
    if (rest.former !== undefined) this.#forget(rest.former)
    if (rest.made?.limit === limit) return rest.made.page
    if (rest.made?.page.next !== undefined) this.#forget(rest.made.page.next)
    const page = this.#page(rest.data, limit, whose, name)
    rest.made = { limit, page }
    return page
  }

  #page(data: ViewData, limit: number, whose: string, former?: string): ViewData {
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
    // Whoever begins very many has nobody else's forgotten.
    const surplus = this.#rests.surplus(whose)
    if (surplus !== undefined) this.#forget(surplus)
    const forget = this.#clock.after(pagesKept.milliseconds, () => this.#rests.delete(next), { holds: false })
    this.#rests.set(whose, next, { whose, data: rest, forget, former, made: undefined })
    return { ...page, next }
  }

  #forget(name: string): void {
    this.#rests.get(name)?.forget()
    this.#rests.delete(name)
  }
}
