/** One command of a shell agent, from its message to its result. */
import { z } from 'zod'
import { TroupeError } from '../../src/errors.js'
import type { Span } from '../../src/tracer.js'
import type { Scope } from '../agent/scope.js'
import { runChild } from './child.js'
import { splitWords } from './command-line.js'
import type { Command, Commands } from './commands.js'
import { childEnvironment } from './environment.js'
import { nicenessOf } from './limits.js'
import { Pace } from './pace.js'
import { checkCommand, type ShellPolicy } from './policy.js'
import { rollProblem } from './roll.js'
import { endOf, inSpan, tracing } from './trace.js'
import { openWorkspace } from './workspace.js'

/** What an application sets for a kind of shell agent; a client that spawns one cannot loosen it. */
export interface ShellOptions {
  /** What may run. Default: everything. */
  readonly policy?: ShellPolicy | undefined
  /** A directory that workspaces have to lie in. Default: any. */
  readonly workspaceRoot?: string | undefined
  /** Added to the environment of every command. Default: nothing. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /**
   * Variables that clients may set, when they spawn or run. Default: any; with an allow list none, since `PATH` or `NODE_OPTIONS`
   * would change what an allowed command does.
   */
  readonly settable?: readonly string[] | undefined
  /** Variables that are handed on although they look like secrets. Default: none. */
  readonly inherit?: readonly string[] | undefined
  /** Commands at once. Default 1. */
  readonly concurrency?: number | undefined
  /** Milliseconds between asking a command to end and ending it. Default 2,000. */
  readonly grace?: number | undefined
  /** The most that an agent of this kind may take, all its commands together. Default: no limit. */
  readonly limits?: { readonly memory?: number | undefined; readonly cpu?: number | undefined } | undefined
}

const variables = z.record(z.string().max(256), z.string().max(131_072))

/** What `spawn` may say of one shell agent. */
export const spawnOptions = z.object({
  /** Default: the current directory, or the workspace root. */
  workspace: z.string().min(1).max(4_096).optional(),
  /** Added to the environment. */
  env: variables.optional(),
  /** What all its commands together may take. `memory`: MB of 1,048,576 bytes; `cpu`: cores. Default: no limit. */
  limits: z
    .object({ memory: z.number().positive().max(1e9).optional(), cpu: z.number().positive().max(1e5).optional() })
    .optional(),
  /** How willingly its commands give way to others, 0 to 19. Default 0. */
  nice: z.number().int().min(0).max(19).optional(),
})
export type SpawnOptionsOfShell = z.infer<typeof spawnOptions>

const side = z.number().int().min(1).max(10_000)

export const hears = {
  /** Runs a command to its end. */
  run: {
    command: z.string(),
    /** Within the workspace. Default: the workspace itself. */
    cwd: z.string().max(4_096).optional(),
    env: variables.optional(),
    /** What it reads first. */
    stdin: z.string().optional(),
    /** Whether its input stays open for `input`. Default: only in a terminal. */
    interactive: z.boolean().optional(),
    /** Runs it in a terminal, of 80 columns and 24 rows unless said otherwise. Default: pipes, stdout and stderr apart. */
    terminal: z.union([z.boolean(), z.object({ columns: side, rows: side })]).optional(),
    /**
     * Of a task: how many pieces of its output may be on their way to whoever shows it, who says by `took` what has arrived; the command
     * is read no further until then, or until nothing was taken for a minute. Default: it is read as fast as it prints.
     */
    window: z.number().int().min(1).max(10_000).optional(),
  },
  /** Writes to a command that runs, or ends its input. `task`: which one, where several run. */
  input: { data: z.string().optional(), end: z.boolean().optional(), task: z.string().optional() },
  /** So many pieces in all of what a task has printed in this attempt have been shown, or are known to be lost. */
  took: { task: z.string(), pieces: z.number().int().min(0) },
  /** Gives the terminal of a command that runs another size. */
  resize: { columns: side, rows: side, task: z.string().optional() },
} as const

export const says = {
  exited: { command: z.string(), exitCode: z.number().nullable(), signal: z.string().nullable(), durationMs: z.number() },
} as const

/** What a command that went well results in. */
export interface ShellResult {
  readonly exitCode: 0
  readonly signal: null
  readonly durationMs: number
}

/** A message `run`, read by its schema. */
type Run = z.infer<z.ZodObject<(typeof hears)['run']>>

/** How much of the end of the output a failure carries, in characters. */
const tailLength = 2_000

/** The stricter of what the application and the spawn allow. */
export const limitsOf = ({ limits: fixed = {} }: ShellOptions, { limits: given = {} }: SpawnOptionsOfShell) => {
  const least = (a: number | undefined, b: number | undefined) => (a === undefined || b === undefined ? (a ?? b) : Math.min(a, b))
  return { memory: least(fixed.memory, given.memory), cpu: least(fixed.cpu, given.cpu) }
}

/** Refuses variables that the application does not let clients set. */
const checkVariables = (names: readonly string[], { policy, settable }: ShellOptions): void => {
  const may = settable ?? (policy?.allow ? [] : names)
  const refused = names.find((name) => !may.includes(name))
  if (refused !== undefined)
    throw new TroupeError(
      'POLICY',
      `The variable ${refused} may not be set for this agent; those that may are: ${may.join(', ') || 'none'}. The application that runs it decides.`,
    )
}

/** How the message asks for its command to be run, once nothing speaks against it. */
const prepared = (message: Run, options: SpawnOptionsOfShell, fixed: ShellOptions, span: Span) => {
  const { command, terminal, stdin, interactive } = message
  const { policy = {}, workspaceRoot, inherit } = fixed
  checkCommand(command, policy)
  const theirs = { ...options.env, ...message.env }
  checkVariables(Object.keys(theirs), fixed)
  const workspace = openWorkspace(options.workspace ?? workspaceRoot ?? process.cwd(), workspaceRoot)
  return {
    command: policy.shell === false ? splitWords(command) : command,
    cwd: message.cwd === undefined ? workspace : openWorkspace(message.cwd, workspace),
    // The terminal of this process, if it has one, is another than the command's.
    env: childEnvironment(
      { ...process.env, ...(terminal ? { TERM: 'xterm-256color' } : {}), ...tracing(span) },
      {
        env: { ...fixed.env, ...theirs },
        inherit,
      },
    ),
    terminal: terminal === true ? { columns: 80, rows: 24 } : terminal || undefined,
    stdin,
    interactive,
  }
}

/** Whoever asked for a window is waited for, until the command is told to end. */
const paceOf = ({ window }: Run, { task, signal, state }: Scope<typeof says, Commands>): Pace | undefined => {
  if (window === undefined || !task) return undefined
  const pace = new Pace(window)
  state.paces.set(task.id, pace)
  if (signal.aborted) pace.open()
  signal.addEventListener('abort', () => pace.open(), { once: true })
  return pace
}

export const runCommand = (
  message: Run,
  scope: Scope<typeof says, Commands, SpawnOptionsOfShell>,
  fixed: ShellOptions,
): Promise<ShellResult> => inSpan(scope, (span) => run(message, scope, fixed, span))

const run = async (
  message: Run,
  scope: Scope<typeof says, Commands, SpawnOptionsOfShell>,
  fixed: ShellOptions,
  span: Span,
): Promise<ShellResult> => {
  const { state: commands, options } = scope
  const program = prepared(message, options, fixed, span)
  const limits = limitsOf(fixed, options)
  let tail = ''
  let running: Command | undefined
  let greedy = false
  let ended: ReturnType<typeof scope.process> = () => {}
  const pace = paceOf(message, scope)
  const short = message.command.length > 200 ? `${message.command.slice(0, 200)}…` : message.command
  scope.activity(`running ${short}`)
  const { exitCode, signal, durationMs } = await runChild({
    ...program,
    group: commands.group,
    niceness: nicenessOf(limits, options.nice),
    signal: scope.signal,
    grace: fixed.grace ?? 2_000,
    onOutput: (data, stream) => {
      // Not from the second half of a character.
      tail = (tail + data).slice(-tailLength).replace(/^[\uDC00-\uDFFF]/, '')
      pace?.told()
      scope.output(data, stream)
    },
    ready: pace && (() => pace.ready()),
    onStart: (family, child) => {
      ended = scope.process(child.pid)
      span.set({ 'process.pid': child.pid })
      running = { task: scope.task?.id, family, child, takesInput: Boolean(program.interactive || program.terminal) }
      commands.add(running, scope)
      const problem = rollProblem()
      if (problem !== undefined) scope.activity(`running ${short} (should the runtime be killed, this may live on: ${problem})`)
      scope.onPause(
        () => family.pause(),
        () => family.resume(),
      )
    },
    onEnd: (family) => {
      if (running) greedy = commands.remove(running, family.starved)
    },
  })
    .then((end) => {
      ended(end)
      span.set(endOf(end))
      return end
    })
    .finally(() => {
      ended()
      commands.rest()
    })
  scope.say({ type: 'exited', command: message.command, exitCode, signal, durationMs })
  if (exitCode === 0 && signal === null && !greedy) return { exitCode, signal, durationMs }
  const how = signal ? `was ended by ${signal}` : `exited with code ${exitCode}`
  const why = greedy ? ` It took more than the ${limits.memory} MB of memory that its agent may.` : ''
  return scope.fail(`${short} ${how}.${why}`, { exitCode, signal, durationMs, tail, ...(greedy ? { limit: 'memory' } : {}) })
}
