/** A child process whose input and output are pipes. */
import type { Readable } from 'node:stream'
import type { Cgroup } from './cgroup.js'
import { cannotStart, findProgram } from './program.js'
import { type End, spawnChild } from './spawn.js'

/** How a command reads what it is told while it runs. */
export interface Input {
  /** Bytes that it has not read yet. */
  readonly waiting: number
  /** Whether it takes no more: it was ended, or nobody reads it. */
  readonly over: boolean
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
  const starting = spawnChild(file, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
  const { child, exited } = await starting.catch((error: unknown) => {
    throw cannotStart(error, file, cwd)
  })
  const { stdin, stdout, stderr } = child
  if (!stdin || !stdout || !stderr) throw cannotStart(new Error('it was given no pipes'), file, cwd)
  stdin.on('error', () => {
    // EPIPE: it does not want to read more, which is its right.
  })
  const input: Input = {
    get waiting() {
      return stdin.writableLength
    },
    get over() {
      return !stdin.writable
    },
    write(data) {
      if (stdin.writable) stdin.write(data)
    },
    end: () => void stdin.end(),
  }
  return { pid: child.pid ?? 0, exited, outputs: [[stdout, 'stdout'] as const, [stderr, 'stderr'] as const], input }
}
