/** By what the processes of this runtime are known, wherever they go: a variable that every child inherits. */
import { randomBytes } from 'node:crypto'
import { readProcess, variableOf } from './process-table.js'

/** The variable; a Troupe within a Troupe adds its own marks to those that it was started with. */
const variable = 'TROUPE_RUN'

/** Names this runtime: its process number, when it was started, and something that nobody guesses. */
export const runtimeName = `${process.pid}-${readProcess(process.pid)?.started ?? 0}-${randomBytes(6).toString('hex')}`

let commands = 0

/** A mark for one command. */
export const newMark = (): string => `${runtimeName}.${++commands}`

/** The variables that a marked process is started with. */
export const marked = (env: Readonly<Record<string, string>>, mark: string): Record<string, string> => {
  const outer = process.env[variable]
  return { ...env, [variable]: outer === undefined ? mark : `${outer},${mark}` }
}

/** Whether a process carries a mark, or, with a name of a runtime, any of its marks; undefined where that cannot be said. */
export const carries = (pid: number, markOrRuntime: string): boolean | undefined => {
  const marks = variableOf(pid, variable)
  return typeof marks === 'string'
    ? marks.split(',').some((each) => each === markOrRuntime || each.startsWith(`${markOrRuntime}.`))
    : marks === null
      ? false
      : undefined
}
