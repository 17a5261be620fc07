/** A child process in a pseudo-terminal. */
import { closeSync, write } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { ReadStream } from 'node:tty'
// Processes live in the machine's time, whatever clock the system is given.
import { systemClock } from '../../src/clock.js'
import { describeThrown, TroupeError } from '../../src/errors.js'
import { type Input, type Program, type Started, type TerminalSize, wordsOf } from './pipes.js'
import { cannotStart } from './program.js'
import { type End, spawnChild, withhold } from './spawn.js'

/** What the native part of node-pty offers on Unix. */
interface Native {
  fork(
    file: string,
    args: readonly string[],
    env: readonly string[],
    cwd: string,
    columns: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helper: string,
    exited: (exitCode: number, signal: number) => void,
  ): { readonly fd: number; readonly pid: number }
  open(columns: number, rows: number): { readonly master: number; readonly slave: number; readonly pty: string }
  resize(fd: number, columns: number, rows: number): void
}

/**
 * The native part itself, since the library around it destroys the terminal 200 ms after its child has ended, with what was not read
 * by then: a busy process would lose the end of the output.
 */
const load = (): { native: Native; helper: string } => {
  const require = createRequire(import.meta.url)
  const platform = `@lydell/node-pty-${process.platform}-${process.arch}`
  try {
    // Found as node-pty itself finds it, whose dependency it is.
    const from = createRequire(require.resolve('@lydell/node-pty'))
    return {
      native: from(`${platform}/pty.node`) as Native,
      // Used on macOS only.
      helper: process.platform === 'darwin' ? from.resolve(`${platform}/spawn-helper`) : '',
    }
  } catch (error) {
    throw new TroupeError(
      'UNSUPPORTED',
      `A terminal cannot be opened here, since ${platform} cannot be loaded (${describeThrown(error)}); run the command without one, or install the optional dependencies.`,
      { cause: error },
    )
  }
}

/** One side of a terminal, and the child that leads it. */
interface Led {
  readonly fd: number
  readonly pid: number
  readonly exited: Promise<End>
}

/**
 * Opens a terminal and starts its leader. The library's own way of starting would give the child our side of every other terminal,
 * so it only opens; who leads a session and opens a terminal has it as its own, and the flags are those that the library sets.
 */
const lead: Lead = async ({ native }, words, { cwd, env }, { columns, rows }, isOpen) => {
  const { master, slave, pty } = native.open(columns, rows)
  let handing = true
  withhold(master, isOpen)
  withhold(slave, () => handing)
  const enter = 'exec 0<>"$1" 1>&0 2>&0; shift; stty ixany imaxbel brkint iutf8 2>/dev/null; exec "$@"'
  try {
    const starting = spawnChild('/bin/sh', ['-c', enter, 'sh', pty, ...words], { cwd, env, stdio: [slave, slave, slave] })
    handing = false
    closeSync(slave)
    const { child, exited } = await starting
    return { fd: master, pid: child.pid ?? 0, exited }
  } catch (error) {
    closeSync(master)
    throw error
  }
}

/** Elsewhere than on Linux the library's own way lets nothing through, and a terminal is not had for opening it. */
const fork: Lead = async ({ native, helper }, words, { cwd, env }, { columns, rows }) => {
  if (Object.values(env).some((value) => value.includes('\0'))) throw new Error('a variable holds a NUL byte; leave it out')
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  let ended: (end: End) => void = () => {}
  const exited = new Promise<End>((resolve) => {
    ended = resolve
  })
  const args = ['-c', 'exec "$@"', 'sh', ...words]
  const { fd, pid } = native.fork('/bin/sh', args, variables, cwd, columns, rows, -1, -1, true, helper, (code, signal) =>
    ended(signal ? [null, nameOfSignal(signal)] : [code, null]),
  )
  return { fd, pid, exited }
}

type Lead = (
  library: ReturnType<typeof load>,
  words: readonly string[],
  program: Pick<Program, 'cwd' | 'env'>,
  size: TerminalSize,
  isOpen: () => boolean,
) => Promise<Led>

/**
 * Starts a child as the leader of a terminal of its own, with nothing of the terminals of others. Rejects with `FAILED` when it cannot be
 * started, `UNSUPPORTED` where there are no terminals.
 */
export const startInTerminal = async (program: Program, size: TerminalSize): Promise<Started> => {
  const library = load()
  const { cwd } = program
  const env = { TERM: 'xterm-256color', ...program.env }
  let isOpen = true
  let screen: ReadStream | undefined
  // What fails after the fork can only be said on the terminal, so sh says it, as people know it: 127, not found.
  const leading = (process.platform === 'linux' ? lead : fork)(library, wordsOf(program), { cwd, env }, size, () =>
    screen ? !screen.destroyed : isOpen,
  )
  const { fd, pid, exited } = await leading.catch((error: unknown) => {
    isOpen = false
    throw cannotStart(error, '/bin/sh', cwd)
  })
  const shown = new ReadStream(fd)
  screen = shown
  return {
    pid,
    exited,
    outputs: [[shown, 'stdout']],
    input: new Keyboard(fd, () => shown.destroyed),
    resize: ({ columns, rows }) => {
      if (!shown.destroyed) library.native.resize(fd, columns, rows)
    },
  }
}

export const nameOfSignal = (signal: number): string | null =>
  Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? null

/** Milliseconds until a terminal whose buffer is full is offered the rest. */
const offerAgain = 10

/** What is typed next begins a line: after a new line, an end, and the keys that interrupt, quit, suspend, or take a line back. */
const lineEnds = '\r\n\x03\x04\x15\x1a\x1c'

/** Writes to a terminal without ever waiting for it: a stream of Node would stand still, and everything with it, until the child reads. */
class Keyboard implements Input {
  readonly #fd: number
  readonly #closed: () => boolean
  #rest: Buffer = Buffer.alloc(0)
  #writing = false
  #inLine = false

  constructor(fd: number, closed: () => boolean) {
    this.#fd = fd
    this.#closed = closed
  }

  get waiting(): number {
    return this.#rest.length
  }

  get over(): boolean {
    return this.#closed()
  }

  write(data: string): void {
    if (data !== '') this.#inLine = !lineEnds.includes(data.slice(-1))
    this.#rest = Buffer.concat([this.#rest, Buffer.from(data)])
    this.#next()
  }

  /**
   * A terminal has no end of input; as a person would, this types the character that stands for it: within a line twice, since there the
   * first one only hands over what was typed.
   */
  end(): void {
    this.write(this.#inLine ? '\x04\x04' : '\x04')
  }

  /** Nobody is there who could read it. */
  #drop(): void {
    this.#rest = Buffer.alloc(0)
  }

  #next(): void {
    if (this.#writing || this.#rest.length === 0) return
    if (this.#closed()) return this.#drop()
    this.#writing = true
    write(this.#fd, this.#rest, 0, this.#rest.length, null, (error, written) => {
      this.#writing = false
      if (error && error.code !== 'EAGAIN') return this.#drop()
      this.#rest = this.#rest.subarray(written)
      if (error) systemClock.after(offerAgain, () => this.#next(), { holds: false })
      else this.#next()
    })
  }
}
