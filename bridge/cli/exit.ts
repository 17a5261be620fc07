/** With which code the command ends, and how it hears that it should. */

/** 0 well, 1 no, 2 could not, 130 interrupted. */
export const exitCodes = { well: 0, rejected: 1, cannot: 2, interrupted: 130 } as const

/** Calls `first` on Ctrl-C or SIGTERM, and `second` when that is said again. Returns how to stop listening. */
export const onInterrupt = (first: (signal: 'SIGINT' | 'SIGTERM') => void, second: () => void): (() => void) => {
  let said = false
  const hear = (signal: NodeJS.Signals) => {
    if (said) return second()
    said = true
    first(signal === 'SIGTERM' ? 'SIGTERM' : 'SIGINT')
  }
  process.on('SIGINT', hear)
  process.on('SIGTERM', hear)
  return () => {
    process.off('SIGINT', hear)
    process.off('SIGTERM', hear)
  }
}
