/**
 * The roll of the commands that run: killed when this process exits, and written down, so that after an end that leaves no time for
 * it, `kill -9`, the next one can end what is left.
 */
import { appendFileSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeThrown } from '../../src/errors.js'
import { whereNumbersHold } from './process-table.js'
import { runtimeName } from './runtime-mark.js'

const running = new Set<() => void>()
/** The number of this user; 0 where the system has none. */
const user = (): number => process.getuid?.() ?? 0

let file: string | undefined
let problem: string | undefined

/** What is written down stays so: the next runtime sees to it that nobody is left. */
const killAll = () => {
  for (const kill of running) kill()
}

/** Where the rolls of this user's runtimes lie. */
const rollDirectory = (): string => {
  const { TROUPE_RUNTIME_DIR: own, XDG_RUNTIME_DIR: session } = process.env
  return own ?? (session ? join(session, 'troupe') : join(tmpdir(), `troupe-${user()}`))
}

/** Which machine, since when, and which space of process numbers. */
export const here = (): string => {
  let namespace: string | undefined
  try {
    namespace = readlinkSync('/proc/self/ns/pid')
  } catch {
    // No /proc: then there is nothing to find either.
  }
  return whereNumbersHold(namespace)
}

/** In a directory that everybody may write to, somebody else may have been there first, to have us end what we did not start. */
const isOurs = (directory: string): boolean => {
  const { mode, uid } = lstatSync(directory)
  return (mode & 0o170_000) === 0o040_000 && uid === user() && (mode & 0o022) === 0
}

const open = (): string => {
  const directory = rollDirectory()
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  if (!isOurs(directory)) throw new Error(`${directory} belongs to somebody else, or others may write to it`)
  const path = join(directory, `${runtimeName}.run`)
  appendFileSync(path, `${here()}\n`, { mode: 0o600 })
  return path
}

const close = () => {
  if (file !== undefined) remove(file)
  file = undefined
}

const remove = (path: string) => {
  try {
    unlinkSync(path)
  } catch {
    // Gone already, which is what was wanted.
  }
}

/** A command runs. `kill` is called when this process exits. */
export const enroll = (kill: () => void, pid: number, started: number): void => {
  if (running.size === 0) process.on('exit', killAll)
  running.add(kill)
  note(`${pid} ${started}`)
}

/** A command that runs has started somebody whom nothing else tells apart from strangers. */
export const enrollJob = (pid: number, started: number): void => note(`${pid} ${started} job`)

const note = (line: string): void => {
  try {
    file ??= open()
    appendFileSync(file, `${line}\n`)
    problem = undefined
  } catch (error) {
    problem = describeThrown(error)
  }
}

/** It has ended, with all that it started. */
export const strike = (kill: () => void): void => {
  running.delete(kill)
  if (running.size > 0) return
  process.off('exit', killAll)
  close()
}

/** Why commands are not written down, if they are not. */
export const rollProblem = (): string | undefined => problem

/** A process by its number and start. */
interface Enrolled {
  readonly pid: number
  readonly started: number
}

/** What a runtime had written down. */
export interface Roll {
  readonly runtime: string
  readonly here: string
  /** Leaders of the groups and sessions of commands. */
  readonly commands: readonly Enrolled[]
  /** Others that they have started. */
  readonly jobs: readonly Enrolled[]
  /** Done with. */
  remove(): void
}

/** The rolls of all runtimes of this user, this one's left out. */
export const rolls = (): Roll[] => {
  const directory = rollDirectory()
  let names: string[]
  try {
    names = !isOurs(directory)
      ? []
      : readdirSync(directory).filter((name) => name.endsWith('.run') && name !== `${runtimeName}.run`)
  } catch {
    // None has ever run here.
    return []
  }
  return names.flatMap((name) => {
    const path = join(directory, name)
    try {
      const [place = '', ...lines] = readFileSync(path, 'utf8').split('\n')
      const entries = (job: boolean) =>
        lines.flatMap((line): Enrolled[] => {
          const [pid, started, kind] = line.split(' ')
          return Number(pid) > 0 && (kind === 'job') === job ? [{ pid: Number(pid), started: Number(started) }] : []
        })
      const [commands, jobs] = [entries(false), entries(true)]
      return [{ runtime: name.slice(0, -4), here: place, commands, jobs, remove: () => remove(path) }]
    } catch {
      // Its runtime has just ended in order.
      return []
    }
  })
}
