/** One command as a real child process: its output in order, its end, and nobody of it left behind. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
// Processes live in the machine's time, whatever clock the system is given.
import { systemClock } from '../../src/clock.js'
import { describeThrown, TroupeError } from '../../src/errors.js'
import { ProcessGroup } from './process-group.js'

export interface ChildOptions {
  /** A line for `/bin/sh`, or words to run without it. */
  readonly command: string | readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly stdin?: string | undefined
  /** Aborted: end it. A reason of code `KILLED`, or the event `kill` afterwards: end it now. */
  readonly signal: AbortSignal
  /** Milliseconds between asking it to end and ending it. */
  readonly grace: number
  onOutput(data: string, stream: 'stdout' | 'stderr'): void
  onStart(group: ProcessGroup, pid: number): void
}

export interface ChildResult {
  readonly exitCode: number | null
  /** The signal that ended it. */
  readonly signal: string | null
  readonly durationMs: number
}

/** Longest piece of output, in characters. */
const pieceLength = 16_384
/** Milliseconds that output may still come after the process has ended, from children that hold its pipes. */
const lingering = 250
/** Milliseconds between two looks at whether a group is gone. */
const look = 10

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/** Rejects with `FAILED` when it cannot be started; otherwise resolves when it has ended, its output is read, and its group is gone. */
export const runChild = async (options: ChildOptions): Promise<ChildResult> => {
  const child = await start(options)
  const started = systemClock.now()
  const pid = child.pid ?? 0
  const group = new ProcessGroup(pid)
  const ending = endOnAbort(options, group)
  try {
    options.onStart(group, pid)
    child.stdin.on('error', () => {
      // EPIPE: it does not want to read more, which is its right.
    })
    child.stdin.end(options.stdin ?? '')
    const outputs = [
      read(child.stdout, (data) => options.onOutput(data, 'stdout')),
      read(child.stderr, (data) => options.onOutput(data, 'stderr')),
    ]
    const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      child.once('exit', (...end) => resolve(end)),
    )
    const durationMs = systemClock.now() - started
    await within(Promise.all(outputs), lingering)
    await disband(group, options)
    child.stdout.destroy()
    child.stderr.destroy()
    // A shell reports the signal that ended its command as 128 plus its number.
    const viaShell = exitCode !== null && exitCode > 128 ? nameOf(exitCode - 128) : null
    return { exitCode, signal: signal ?? (options.signal.aborted ? viaShell : null), durationMs }
  } finally {
    ending.stop()
    group.release()
  }
}

const start = (options: ChildOptions): Promise<Child> => {
  const { command, cwd, env } = options
  const [file, ...args] = typeof command === 'string' ? ['/bin/sh', '-c', command] : command
  return new Promise((resolve, reject) => {
    const cannot = (error: unknown) => {
      const { code } = error as { code?: string }
      const why =
        code === 'ENOENT'
          ? `${file} was not found on the PATH`
          : code === 'EACCES'
            ? `${file} may not be executed`
            : describeThrown(error)
      reject(
        new TroupeError('FAILED', `The command could not be started in ${cwd}: ${why}.`, {
          cause: error,
          details: { code: code ?? null },
        }),
      )
    }
    try {
      const child = spawn(file ?? '', args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
      child.once('error', cannot)
      child.once('spawn', () => {
        child.off('error', cannot)
        child.on('error', () => {
          // A signal that could not be sent: the group is told by its own means.
        })
        resolve(child)
      })
    } catch (error) {
      cannot(error)
    }
  })
}

/** Reads a stream as text: no character cut, no piece too long, and a flood read piece by piece with the rest of the world in between. */
const read = async (stream: Readable, hear: (data: string) => void): Promise<void> => {
  const decoder = new StringDecoder('utf8')
  const say = (text: string) => {
    for (let at = 0; at < text.length; ) {
      let end = Math.min(text.length, at + pieceLength)
      // Not between the two halves of one character.
      if (end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1] ?? '')) end--
      hear(text.slice(at, end))
      at = end
    }
  }
  try {
    for await (const chunk of stream) {
      say(decoder.write(chunk as Buffer))
      await new Promise<void>((resolve) => systemClock.yield(resolve))
    }
  } catch {
    // Destroyed because a child of the child held it open; what came so far has been told.
  }
  say(decoder.end())
}

const endOnAbort = ({ signal, grace }: ChildOptions, group: ProcessGroup): { stop: () => void } => {
  let cancel = () => {}
  const kill = () => group.kill()
  const abort = () => {
    const { code } = signal.reason as { code?: string }
    if (code === 'KILLED') return kill()
    group.terminate()
    cancel = systemClock.after(grace, kill)
  }
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort)
  signal.addEventListener('kill', kill)
  return {
    stop() {
      cancel()
      signal.removeEventListener('abort', abort)
      signal.removeEventListener('kill', kill)
    },
  }
}

/** Ends what the process left behind in its group: first asked, then made. */
const disband = async (group: ProcessGroup, { grace, signal }: ChildOptions): Promise<void> => {
  if (group.empty) return
  if (!signal.aborted) group.terminate()
  const deadline = systemClock.now() + Math.min(grace, 1_000)
  while (!group.empty) {
    if (systemClock.now() >= deadline) group.kill()
    await pause(look)
  }
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => void systemClock.after(milliseconds, resolve))

const within = async (work: Promise<unknown>, milliseconds: number): Promise<void> => {
  let cancel = () => {}
  const late = new Promise<void>((resolve) => {
    cancel = systemClock.after(milliseconds, resolve)
  })
  await Promise.race([work, late])
  cancel()
}

const nameOf = (signal: number): string | null =>
  Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? null
