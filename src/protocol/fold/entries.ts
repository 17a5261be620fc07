/** The entries of a view: how they begin, change and are forgotten. */
import { isFinal } from '../view.js'

/** An object without the entries that are undefined. */
export const optional = <T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

/** Takes the first such item out of a list. */
export const remove = (list: string[], item: string) => {
  const index = list.indexOf(item)
  if (index >= 0) list.splice(index, 1)
}

type Finishing = { id: string; state: Parameters<typeof isFinal>[0] }

/**
 * The finished entries of a map, oldest first. Kept beside the view, so that its plain data stays what is there now; a view
 * that came from elsewhere has them at the end of its maps, in the same order.
 */
const finishedOf = (map: Map<string, Finishing>): Set<string> => {
  let finished = finishedIn.get(map)
  if (finished) return finished
  finished = new Set()
  for (const [id, { state }] of map) if (isFinal(state)) finished.add(id)
  finishedIn.set(map, finished)
  return finished
}
const finishedIn = new WeakMap<object, Set<string>>()

/** Enters what begins, perhaps under the id of something that has finished. */
export const begin = <T extends Finishing>(map: Map<string, T>, item: T): void => {
  finishedOf(map).delete(item.id)
  map.set(item.id, item)
}

/** Moves a finished entry to the end of its map and forgets the oldest finished ones beyond `keep`. */
export const retire = <T extends Finishing>(map: Map<string, T>, id: string, keep: number): void => {
  const item = map.get(id)
  if (!item) return
  map.delete(id)
  map.set(id, item)
  const finished = finishedOf(map)
  finished.delete(id)
  finished.add(id)
  for (const oldest of finished) {
    if (finished.size <= keep) return
    finished.delete(oldest)
    map.delete(oldest)
  }
}

/** Forgets an entry, whatever its state. */
export const forget = <T extends Finishing>(map: Map<string, T>, id: string): void => {
  finishedOf(map).delete(id)
  map.delete(id)
}

/** Other words about an entry; `metadata` is added to what there is. */
export const reword = <T extends { metadata?: Readonly<Record<string, unknown>> }>(
  entry: T,
  words: { readonly [K in keyof T]?: T[K] | undefined },
  metadata: Readonly<Record<string, unknown>> | undefined,
): void => {
  Object.assign(entry, optional(words))
  if (metadata) entry.metadata = { ...entry.metadata, ...metadata }
}
