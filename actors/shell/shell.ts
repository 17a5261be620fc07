/** The shell agent: runs commands as real child processes in a workspace. */
import { z } from 'zod'
import { TroupeError } from '../../src/errors.js'
import type { AgentDefinition } from '../../src/system/definition.js'
import { agent } from '../agent/define.js'
import type { Scope } from '../agent/scope.js'
import { runChild } from './child.js'
import { splitWords } from './command-line.js'
import { childEnvironment } from './environment.js'
import { checkCommand, type ShellPolicy } from './policy.js'
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
}

/** What `spawn` may say of one shell agent. */
const spawnOptions = z.object({
  /** Default: the current directory, or the workspace root. */
  workspace: z.string().min(1).max(4_096).optional(),
  /** Added to the environment. */
  env: z.record(z.string().max(256), z.string().max(131_072)).optional(),
})

const hears = {
  run: {
    command: z.string(),
    /** Within the workspace. Default: the workspace itself. */
    cwd: z.string().max(4_096).optional(),
    env: z.record(z.string().max(256), z.string().max(131_072)).optional(),
    stdin: z.string().optional(),
  },
} as const

const says = {
  exited: { command: z.string(), exitCode: z.number().nullable(), signal: z.string().nullable(), durationMs: z.number() },
} as const

/** What a command that went well results in. */
export interface ShellResult {
  readonly exitCode: 0
  readonly signal: null
  readonly durationMs: number
}

/** How much of the end of the output a failure carries, in characters. */
const tailLength = 2_000

type Run = { command: string; cwd?: string | undefined; env?: Record<string, string> | undefined; stdin?: string | undefined }

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

const run = async (
  message: Run,
  scope: Scope<typeof says, undefined, z.infer<typeof spawnOptions>>,
  fixed: ShellOptions,
): Promise<ShellResult> => {
  const { command } = message
  const { policy = {}, workspaceRoot, inherit, grace = 2_000 } = fixed
  checkCommand(command, policy)
  const theirs = { ...scope.options.env, ...message.env }
  checkVariables(Object.keys(theirs), fixed)
  const workspace = openWorkspace(scope.options.workspace ?? workspaceRoot ?? process.cwd(), workspaceRoot)
  const cwd = message.cwd === undefined ? workspace : openWorkspace(message.cwd, workspace)
  let tail = ''
  scope.activity(`running ${command}`)
  const { exitCode, signal, durationMs } = await runChild({
    command: policy.shell === false ? splitWords(command) : command,
    cwd,
    env: childEnvironment(process.env, { env: { ...fixed.env, ...theirs }, inherit }),
    stdin: message.stdin,
    signal: scope.signal,
    grace,
    onOutput: (data, stream) => {
      // Not from the second half of a character.
      tail = (tail + data).slice(-tailLength).replace(/^[\uDC00-\uDFFF]/, '')
      scope.output(data, stream)
    },
    onStart: (group) =>
      scope.onPause(
        () => group.pause(),
        () => group.resume(),
      ),
  })
  scope.say({ type: 'exited', command, exitCode, signal, durationMs })
  if (exitCode === 0 && signal === null) return { exitCode, signal, durationMs }
  const how = signal ? `was ended by ${signal}` : `exited with code ${exitCode}`
  return scope.fail(`${command.length > 200 ? `${command.slice(0, 200)}…` : command} ${how}.`, {
    exitCode,
    signal,
    durationMs,
    tail,
  })
}

/**
 * Makes a kind of shell agent with a policy of its own. It hears `{ type: 'run', command }`; a command that exits with another code
 * than 0 is an expected failure with `exitCode`, `signal` and the `tail` of its output in its details.
 *
 * @example
 * const tester = shellAgent('tester', { policy: { allow: ['npm test*'], shell: false } })
 */
export const shellAgent = (
  name: string,
  fixed: ShellOptions = {},
): AgentDefinition<typeof hears, typeof says, { run: ShellResult }, z.infer<typeof spawnOptions>> =>
  agent(name, {
    hears,
    says,
    options: spawnOptions,
    concurrency: fixed.concurrency ?? 1,
    on: { run: (message, scope): Promise<ShellResult> => run(message, scope, fixed) },
  })

/** Runs any command of its user, through `/bin/sh`, in the current directory unless `options.workspace` says another. */
export const shell = shellAgent('shell')
