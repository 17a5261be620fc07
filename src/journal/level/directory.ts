/** A directory with all that is above it. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/**
 * Makes a directory, and those above it, where they are missing, with mode 0700. Throws what the file system says. One level after the
 * other: Node's own option `recursive` does not come back from a place such as `/proc` where nothing can be made.
 */
export const ensureDirectory = (path: string): void => {
  const whole = resolve(path)
  if (isDirectory(whole)) return
  if (dirname(whole) !== whole) ensureDirectory(dirname(whole))
  try {
    mkdirSync(whole, { mode: 0o700 })
  } catch (thrown) {
    // Another process may have made it meanwhile.
    if (!isDirectory(whole)) throw thrown
  }
}
