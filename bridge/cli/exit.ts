/** With which code the command ends, and how it hears that it should. */
import { systemClock } from '../../src/clock.js'

/** 0 well, 1 no, 2 could not, 130 interrupted, 141 nobody reads what is printed. */
export const exitCodes = { well: 0, rejected: 1, cannot: 2, interrupted: 130, unread: 141 } as const

type Told = 'SIGINT' | 'SIGTERM' | 'SIGHUP'
const signals: readonly Told[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Milliseconds in which a signal that comes again is the same one: a terminal tells every process, and npm hands it on once more. */
const echo = 200

/** Calls `first` on Ctrl-C, SIGTERM, or when the terminal is closed, and `second` when that is said again. Returns how to stop listening. */
export const onInterrupt = (first: (signal: Told) => void, second: () => void): (() => void) => {
  let saidAt: number | undefined
  const hear = (signal: NodeJS.Signals) => {
    const now = systemClock.now()
    if (saidAt !== undefined) return now - saidAt < echo ? undefined : second()
    saidAt = now
    first(signals.find((each) => each === signal) ?? 'SIGINT')
  }
  for (const signal of signals) process.on(signal, hear)
  return () => {
    for (const signal of signals) process.off(signal, hear)
  }
}

let readerLeft: () => void = () => process.exit(exitCodes.well)

/** What is done when nobody reads any more what is printed, as after `| head`. Default: it ends well, since the reader has seen enough. */
export const onReaderLeft = (run: () => void): void => {
  readerLeft = run
}

/** Hears what becomes of what is printed: a reader that leaves is no failure, a disk that is full is one. */
export const watchOutput = (): void => {
  let over = false
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (over) return
    over = true
    // EIO: the terminal was closed, of which SIGHUP tells as well.
    if (error.code === 'EPIPE') return readerLeft()
    if (error.code === 'EIO') return
    console.error(`troupe: what was to be printed could not be written: ${error.message}.`)
    process.exit(exitCodes.cannot)
  })
  // Without a terminal there is nobody left who could be told.
  process.stderr.on('error', () => {})
}
