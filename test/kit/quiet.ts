/** A system for tests: on a clock of its own, with what went wrong kept instead of printed. */
import { createManualClock, type ManualClock } from '../../src/clock.js'
import { createSeededIds } from '../../src/ids.js'
import { createSystem, type System, type SystemOptions } from '../../src/system/system.js'
import { type Recording, record } from './events.js'

export interface QuietSystem {
  readonly system: System
  readonly clock: ManualClock
  readonly seen: Recording
  /** What `onError` was told. */
  readonly errors: { readonly where: string; readonly message: string }[]
}

export const quietSystem = (options: SystemOptions = {}): QuietSystem => {
  const clock = createManualClock()
  const errors: QuietSystem['errors'] = []
  const onError = (error: Error, where: string) => void errors.push({ where, message: error.message })
  const system = createSystem({ clock, ids: createSeededIds(1, () => clock.now()), onError, ...options })
  return { system, clock, seen: record(system), errors }
}

/** Lets everything that waits for nothing but its turn happen. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
