/** Whether a program is there to be started; if not, why, and what to do. */
import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { describeThrown, TroupeError } from '../../src/errors.js'

/** Throws what starting it would: for who starts it by way of another program, and would not be told. */
export const findProgram = (file: string, cwd: string, path = '/usr/local/bin:/usr/bin:/bin'): void => {
  const places = file.includes('/') ? [resolve(cwd, file)] : path.split(':').map((directory) => resolve(cwd, directory, file))
  let code = 'ENOENT'
  for (const place of places) {
    if (!statSync(place, { throwIfNoEntry: false })) continue
    code = 'EACCES'
    try {
      accessSync(place, constants.X_OK)
      if (statSync(place).isFile()) return
    } catch {
      // Not to be executed; there may be another further on.
    }
  }
  throw cannotStart(Object.assign(new Error(code), { code }), file, cwd)
}

export const cannotStart = (error: unknown, file: string, cwd: string): TroupeError => {
  // Whatever was thrown or emitted; only looked at for the code of a system error.
  const { code } = error as { code?: string }
  const why = () => {
    // The system reports a missing directory as if the program were missing.
    if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) return 'that is not a directory; create it, or name another'
    if (code === 'ENOENT') return `${file} was not found on the PATH; install it, or name it by its path`
    if (code === 'EACCES') return `${file} may not be executed; make it executable, or name another program`
    if (code === 'E2BIG') return 'its words and variables are longer than the system takes; hand over less, or use stdin'
    return describeThrown(error)
  }
  return new TroupeError('FAILED', `The command could not be started in ${cwd}: ${why()}.`, {
    cause: error,
    details: { code: code ?? null },
  })
}
