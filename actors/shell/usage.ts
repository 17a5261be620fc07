/** What running commands take: one look at the machine for all of them, and only while somebody wants to know. */
// Processes live in the machine's time, whatever clock the system is given.
import { systemClock } from '../../src/clock.js'
import { listProcesses, type ProcessFacts } from './process-table.js'

/** Milliseconds between two looks. */
const pace = { usual: 1_000, strict: 250 }

/** Somebody who may want to know. */
export interface Watcher {
  /** How often it has to look: `strict` where something is to be prevented. Asked before each look; `none` while nobody wants to know. */
  readonly needs: 'none' | keyof typeof pace
  look(all: readonly ProcessFacts[], now: number): void
}

const watchers = new Set<Watcher>()
let cancel: (() => void) | undefined
let last = 0

const tick = () => {
  cancel = undefined
  const now = systemClock.now()
  const due = [...watchers].filter((each) => each.needs === 'strict' || (each.needs === 'usual' && now - last >= pace.usual))
  if (now - last >= pace.usual) last = now
  const all = due.length > 0 ? listProcesses() : undefined
  for (const each of due) if (all) each.look(all, now)
  arm()
}

const arm = () => {
  // Children keep the process alive, not this.
  if (watchers.size > 0) cancel ??= systemClock.after(pace.strict, tick, { holds: false })
}

/** Looks from time to time until the function that it returns is called. */
export const watchUsage = (watcher: Watcher): (() => void) => {
  watchers.add(watcher)
  arm()
  return () => {
    watchers.delete(watcher)
    if (watchers.size > 0) return
    cancel?.()
    cancel = undefined
  }
}
