/** One command as a real child process: its output in order, its end, and nobody of it left behind. */
// Processes live in the machine's time, whatever clock the system is given.
import { systemClock } from '../../src/clock.js'
import { ProcessFamily } from './family.js'
import { drain, Output, within } from './output.js'
import { type Program, type Started, startWithPipes, type TerminalSize } from './pipes.js'
import { marked, newMark } from './runtime-mark.js'
import { nameOfSignal, startInTerminal } from './terminal.js'

export interface ChildOptions extends Program {
  /** Written to its standard input first. Default: nothing. */
  readonly stdin?: string | undefined
  /** Whether its standard input stays open afterwards. Default: only in a terminal. */
  readonly interactive?: boolean | undefined
  /** Runs it in a terminal of this size. Default: pipes. */
  readonly terminal?: TerminalSize | undefined
  /** Aborted: end it. A reason of code `KILLED`, or the event `kill` afterwards: end it now. */
  readonly signal: AbortSignal
  /** Milliseconds between asking it to end and ending it. */
  readonly grace: number
  onOutput(data: string, stream: 'stdout' | 'stderr'): void
  /** Resolves when more output may be read. Default: always. */
  readonly ready?: (() => Promise<void>) | undefined
  onStart(family: ProcessFamily, child: Started): void
  /** Everybody has ended; called once, before the family is released. */
  onEnd?(family: ProcessFamily): void
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

/**
 * Runs a command. Resolves when it has ended, its output is read, and its family is gone. Rejects with `FAILED` when it cannot be
 * started, and with whatever `onStart` or `onOutput` threw, the family being killed then.
 */
export const runChild = async (options: ChildOptions): Promise<ChildResult> => {
  const mark = newMark()
  const group = options.group?.child(mark)
  const program = { ...options, group, env: marked(options.env, mark) }
  const starting = options.terminal ? startInTerminal(program, options.terminal) : startWithPipes(program)
  const child = await starting.catch((error: unknown) => {
    group?.remove()
    throw error
  })
  const { exited, input } = child
  const started = systemClock.now()
  const family = new ProcessFamily(child.pid, mark, group)
  const outputs: Output[] = []
  const stopListening = endOnAbort(options, family)
  try {
    options.onStart(family, child)
    for (const [stream, name] of child.outputs)
      outputs.push(new Output(stream, (data) => options.onOutput(data, name), options.ready))
    if (options.stdin !== undefined && options.stdin !== '') input.write(options.stdin)
    if (!options.interactive && !options.terminal) input.end()
    const told = Promise.all(outputs.map((each) => each.ended))
    const [exitCode, signal] = await Promise.race([exited, told.then(() => exited)])
    const durationMs = systemClock.now() - started
    await within(told, lingering)
    await disband(family, options)
    options.onEnd?.(family)
    family.release()
    await drain(outputs, lingering, longestOutput)
    // A shell reports the signal that ended its command as 128 plus its number.
    const viaShell = exitCode !== null && exitCode > 128 ? nameOfSignal(exitCode - 128) : null
    return { exitCode, signal: signal ?? (options.signal.aborted ? viaShell : null), durationMs }
  } catch (error) {
    family.kill()
    await family.ended(0)
    await within(exited, longestGrace)
    options.onEnd?.(family)
    for (const each of outputs) each.close()
    throw error
  } finally {
    stopListening()
    family.release()
  }
}

/** Ends the family when the signal says so; returns what stops listening to it. */
const endOnAbort = ({ signal, grace }: ChildOptions, family: ProcessFamily): (() => void) => {
  let cancel = () => {}
  const kill = () => family.kill()
  const abort = () => {
    // A reason may be anything; ours is a TroupeError.
    const reason = signal.reason as { code?: unknown } | null | undefined
    if (reason?.code === 'KILLED') return kill()
    family.terminate()
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

/** Ends what the process left behind: first asked, then made. */
const disband = async (family: ProcessFamily, { grace, signal }: ChildOptions): Promise<void> => {
  // Asked already: the kill that follows the grace is on its way.
  if (signal.aborted) await family.ended(Number.POSITIVE_INFINITY)
  else if (!(await family.isEmpty())) {
    family.terminate()
    await family.ended(Math.min(grace, longestGrace))
  }
}
