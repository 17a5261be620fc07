/** One command as a real child process: its output in order, its end, and nobody of it left behind. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
// Processes live in the machine's time, whatever clock the system is given.
import { systemClock } from '../../src/clock.js'
import { describeThrown, TroupeError } from '../../src/errors.js'
import { drain, Output, within } from './output.js'
import { ProcessGroup } from './process-group.js'

export interface ChildOptions {
  /** A line for `/bin/sh`, or words to run without it. */
  readonly command: string | readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Written to its standard input, which then ends. Default: nothing. */
  readonly stdin?: string | undefined
  /** Aborted: end it. A reason of code `KILLED`, or the event `kill` afterwards: end it now. */
  readonly signal: AbortSignal
  /** Milliseconds between asking it to end and ending it. */
  readonly grace: number
  onOutput(data: string, stream: 'stdout' | 'stderr'): void
  onStart(group: ProcessGroup, pid: number): void
}

export interface ChildResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null
  /** The signal that ended it. */
  readonly signal: string | null
  readonly durationMs: number
}

/** Milliseconds that children of the process may still run, and output may still be silent, after the process itself has ended. */
const lingering = 250
/** Milliseconds after which output is not waited for, though it still comes: only one who left the group can be sending it. */
const longestOutput = 5_000
/** Longest wait between asking what the process left behind to end and ending it, in milliseconds. */
const longestGrace = 1_000

type Child = ChildProcessByStdio<Writable, Readable, Readable>
type End = readonly [exitCode: number | null, signal: NodeJS.Signals | null]

/**
 * Runs a command. Resolves when it has ended, its output is read, and its group is gone. Rejects with `FAILED` when it cannot be
 * started, and with whatever `onStart` or `onOutput` threw, the group being killed then.
 */
export const runChild = async (options: ChildOptions): Promise<ChildResult> => {
  const child = await start(options)
  const started = systemClock.now()
  const exited = new Promise<End>((resolve) => child.once('exit', (...end) => resolve(end)))
  const pid = child.pid ?? 0
  const group = new ProcessGroup(pid)
  const outputs: Output[] = []
  const stopListening = endOnAbort(options, group)
  try {
    options.onStart(group, pid)
    outputs.push(new Output(child.stdout, (data) => options.onOutput(data, 'stdout')))
    outputs.push(new Output(child.stderr, (data) => options.onOutput(data, 'stderr')))
    child.stdin.end(options.stdin ?? '')
    const told = Promise.all(outputs.map((each) => each.ended))
    const [exitCode, signal] = await Promise.race([exited, told.then(() => exited)])
    const durationMs = systemClock.now() - started
    await within(told, lingering)
    await disband(group, options)
    await drain(outputs, lingering, longestOutput)
    // A shell reports the signal that ended its command as 128 plus its number.
    const viaShell = exitCode !== null && exitCode > 128 ? nameOf(exitCode - 128) : null
    return { exitCode, signal: signal ?? (options.signal.aborted ? viaShell : null), durationMs }
  } catch (error) {
    group.kill()
    await group.ended(0)
    await within(exited, longestGrace)
    for (const each of outputs) each.close()
    throw error
  } finally {
    stopListening()
    group.release()
  }
}

const start = (options: ChildOptions): Promise<Child> => {
  const { command, cwd, env } = options
  const [file = '', ...args] = typeof command === 'string' ? ['/bin/sh', '-c', command] : command
  return new Promise((resolve, reject) => {
    const cannot = (error: unknown) => reject(cannotStart(error, file, cwd))
    try {
      const child = spawn(file, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
      child.once('error', cannot)
      child.once('spawn', () => {
        child.off('error', cannot)
        child.on('error', () => {
          // A signal that could not be sent: the group is told by its own means.
        })
        child.stdin.on('error', () => {
          // EPIPE: it does not want to read more, which is its right.
        })
        resolve(child)
      })
    } catch (error) {
      cannot(error)
    }
  })
}

const cannotStart = (error: unknown, file: string, cwd: string): TroupeError => {
  // Whatever spawn throws or emits; only looked at for the code of a system error.
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

/** Ends the group when the signal says so; returns what stops listening to it. */
const endOnAbort = ({ signal, grace }: ChildOptions, group: ProcessGroup): (() => void) => {
  let cancel = () => {}
  const kill = () => group.kill()
  const abort = () => {
    // A reason may be anything; ours is a TroupeError.
    const reason = signal.reason as { code?: unknown } | null | undefined
    if (reason?.code === 'KILLED') return kill()
    group.terminate()
    cancel = systemClock.after(grace, kill)
  }
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort)
  signal.addEventListener('kill', kill)
  return () => {
    cancel()
    signal.removeEventListener('abort', abort)
    signal.removeEventListener('kill', kill)
  }
}

/** Ends what the process left behind in its group: first asked, then made. */
const disband = async (group: ProcessGroup, { grace, signal }: ChildOptions): Promise<void> => {
  // Asked already: the kill that follows the grace is on its way.
  if (signal.aborted) await group.ended(Number.POSITIVE_INFINITY)
  else if (!group.empty) {
    group.terminate()
    await group.ended(Math.min(grace, longestGrace))
  }
  group.release()
}

const nameOf = (signal: number): string | null =>
  Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? null
