/** The view as it was at some point of the journal: from there on events are folded, instead of from the beginning. */

import { writable } from '../codec/writable.js'
import type { Journal, Records } from '../journal/journal.js'
import type { Cursor } from '../protocol/envelope.js'
import { fold } from '../protocol/fold.js'
import { createView, type View, type ViewData, viewFromData, viewToData } from '../protocol/view.js'

const key = 'view'
/** Which edition of the view this code writes and reads. */
const edition = 1
/** Events that are read at once. */
const page = 1_000

/** What was written down, where this code can read it. */
const fitting = (records: Records): ViewData | undefined => {
  // Written by `keepView`, of this edition or another.
  const kept = records.get(key) as { readonly edition?: unknown; readonly view?: ViewData } | undefined
  return kept?.edition === edition ? kept.view : undefined
}

/** Up to which offset the view that was written down reaches; 0 where there is none that can be read. */
export const viewKept = (records: Records): number => fitting(records)?.offset ?? 0

/** Writes it down. */
export const keepView = (records: Records, view: View): void => records.put(key, { edition, view: writable(viewToData(view)) })

/** What there was, from the newest view that was written down and the events after it. `unfit`: why that could not be read. */
export const readView = async (journal: Journal, keep: number): Promise<{ readonly view: View; readonly unfit?: string }> => {
  const { epoch, head, records } = journal
  const kept = records.get(key) as { readonly edition?: unknown } | undefined
  const found = fitting(records)
  const view = found ? viewFromData(found) : createView(epoch)
  if (kept !== undefined && !found) {
    records.put(`aside/${key}`, kept)
    records.delete(key)
  }
  let at: Cursor | undefined = { epoch, offset: Math.min(view.offset, head) }
  while (at) {
    const { entries, cursor, more } = await journal.read(at, () => true, page)
    for (const envelope of entries) fold(view, envelope, keep)
    at = more ? cursor : undefined
  }
  view.epoch = epoch
  view.offset = head
  const unfit = `the view that was written down is of edition ${String(kept?.edition)}, and this code reads ${edition}`
  return { view, ...(kept !== undefined && !found ? { unfit } : {}) }
}
