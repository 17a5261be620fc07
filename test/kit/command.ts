/** The `troupe` command as a real process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Running {
  readonly pid: number
  readonly out: () => string
  readonly err: () => string
  /** Resolves when the standard output has what fits. */
  until(fits: RegExp): Promise<RegExpExecArray>
  signal(name: NodeJS.Signals): void
  /** Reads no more of what it prints, as `| head` does. */
  readNoMore(): void
  /** Reads nothing until `resumeReading`. */
  pauseReading(): void
  resumeReading(): void
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>
}

const running = new Set<ChildProcess>()
const directories: string[] = []

/** Runs the command in the project's directory. Nothing of this process's own Troupe settings is handed on. */
export const troupe = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Running => {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TROUPE_|PORT$|FORCE_COLOR$)/.test(name)))
  const child = spawn(process.execPath, ['--import', 'tsx', 'bridge/cli/main.ts', ...args], {
    cwd: root,
    env: { ...clean, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let out = ''
  let err = ''
  const listeners = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    for (const listener of listeners) listener()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on('close', (code) => {
      running.delete(child)
      resolve({ code, out, err })
      for (const listener of listeners) listener()
    })
  })
  return {
    pid: child.pid ?? 0,
    out: () => out,
    err: () => err,
    until: (fits) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = fits.exec(out)
          if (found) resolve(found)
          else if (!running.has(child)) reject(new Error(`It ended without printing ${fits}: ${out}${err}`))
          else return
          listeners.delete(look)
        }
        listeners.add(look)
        look()
      }),
    signal: (name) => void child.kill(name),
    readNoMore: () => void child.stdout.destroy(),
    pauseReading: () => void child.stdout.pause(),
    resumeReading: () => void child.stdout.resume(),
    ended,
  }
}

/** A directory with these files, gone after the test. */
export const repository = (files: Readonly<Record<string, string | object>>): string => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'troupe-repo-')))
  directories.push(dir)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return dir
}

/** Ends what still runs and removes what was made. */
export const cleanUp = async (): Promise<void> => {
  await Promise.all(
    [...running].map((child) => {
      child.kill('SIGKILL')
      return new Promise((resolve) => child.once('close', resolve))
    }),
  )
  for (const dir of directories.splice(0)) rmSync(dir, { recursive: true, force: true })
}

/** Whether a process still runs; one that has ended and waits to be reaped does not. */
export const isAlive = (pid: number): boolean => {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)\s/s, '')[0]
    return state !== 'Z' && state !== 'X'
  } catch {
    return false
  }
}
