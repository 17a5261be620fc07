/** A child process whose input and output are pipes. */
import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { Cgroup } from './cgroup.js'
import { cannotStart, findProgram } from './program.js'

/** The exit code, or the signal that ended it. */
export type End = readonly [exitCode: number | null, signal: string | null]

/** How a command reads what it is told while it runs. */
export interface Input {
  /** Bytes that it has not read yet. */
  readonly waiting: number
  write(data: string): void
  end(): void
}

/** A child that runs. */
export interface Started {
  readonly pid: number
  readonly exited: Promise<End>
  readonly outputs: readonly (readonly [stream: Readable, name: 'stdout' | 'stderr'])[]
  readonly input: Input
  /** Of a terminal: tells the child that its window has another size. */
  readonly resize?: ((size: TerminalSize) => void) | undefined
}

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/** What is to be started. */
export interface Program {
  /** A line for `/bin/sh`, or words to run without it. */
  readonly command: string | readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** The control group that it begins in. Default: that of this process. */
  readonly group?: Cgroup | undefined
  /** By how much it gives way to others more than this process does. Default 0. */
  readonly niceness?: number | undefined
}

/** The words that are run in the end. Who is to begin in a group, or to give way, does so before its first word is read, so that all that it starts does too. */
export const wordsOf = ({ command, group, niceness = 0, cwd, env }: Program): readonly [string, ...string[]] => {
  const [file = '', ...args] = typeof command === 'string' ? ['/bin/sh', '-c', command] : command
  if (!group && niceness === 0) return [file, ...args]
  findProgram(file, cwd, env['PATH'])
  const enter = group ? '{ echo $$ > "$0"; } 2>/dev/null; ' : ''
  const giveWay = niceness === 0 ? '' : `nice -n ${niceness} `
  return ['/bin/sh', '-c', `${enter}exec ${giveWay}"$@"`, group?.entrance ?? 'sh', file, ...args]
}

/** Starts a child in a session of its own. Rejects with `FAILED` when it cannot be started. */
export const startWithPipes = async (program: Program): Promise<Started> => {
  const { cwd, env } = program
  const [file, ...args] = wordsOf(program)
  return new Promise((resolve, reject) => {
    const cannot = (error: unknown) => reject(cannotStart(error, file, cwd))
    try {
      const child = spawn(file, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
      const exited = new Promise<End>((ended) => child.once('exit', (...end) => ended(end)))
      const { stdin, stdout, stderr } = child
      child.once('error', cannot)
      child.once('spawn', () => {
        child.off('error', cannot)
        child.on('error', () => {
          // A signal that could not be sent: the family is told by its own means.
        })
        stdin.on('error', () => {
          // EPIPE: it does not want to read more, which is its right.
        })
        const input: Input = {
          get waiting() {
            return stdin.writableLength
          },
          write(data) {
            if (stdin.writable) stdin.write(data)
          },
          end: () => void stdin.end(),
        }
        const outputs = [[stdout, 'stdout'] as const, [stderr, 'stderr'] as const]
        resolve({ pid: child.pid ?? 0, exited, outputs, input })
      })
    } catch (error) {
      cannot(error)
    }
  })
}
