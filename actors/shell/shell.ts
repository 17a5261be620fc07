/** The shell agent: runs commands as real child processes in a workspace. */
import type { AgentDefinition } from '../../src/system/definition.js'
import { agent } from '../agent/define.js'
import { Commands } from './commands.js'
import { limitWarnings } from './limits.js'
import {
  hears,
  limitsOf,
  runCommand,
  type ShellOptions,
  type ShellResult,
  type SpawnOptionsOfShell,
  says,
  spawnOptions,
} from './run.js'
import { endLeftovers } from './sweep.js'
import { workspaceProblem } from './workspace.js'

let sweeping: Promise<unknown> | undefined
let isSwept = false

/** What former runtimes left behind is looked for once: before the first shell agent of this one is ready, and so before its first command. */
const sweepOnce = (): Promise<unknown> | undefined => {
  if (isSwept) return undefined
  sweeping ??= endLeftovers().then(() => {
    isSwept = true
  })
  return sweeping
}

/**
 * Makes a kind of shell agent with a policy of its own. It hears `{ type: 'run', command }`; a command that exits with another code
 * than 0 is an expected failure with `exitCode`, `signal` and the `tail` of its output in its details. While a command runs it hears
 * `{ type: 'input', data }` and `{ type: 'resize', columns, rows }` for it.
 *
 * @example
 * const tester = shellAgent('tester', { policy: { allow: ['npm test*'], shell: false } })
 */
export const shellAgent = (
  name: string,
  fixed: ShellOptions = {},
): AgentDefinition<
  typeof hears,
  typeof says,
  { run: ShellResult; input: unknown; took: unknown; resize: unknown },
  SpawnOptionsOfShell
> =>
  agent(name, {
    hears,
    says,
    options: spawnOptions.superRefine(({ workspace }, context) => {
      // A directory that is not there would fail every command; whoever spawns is told at once.
      const problem = workspace === undefined ? undefined : workspaceProblem(workspace, fixed.workspaceRoot)
      if (problem !== undefined) context.addIssue({ code: 'custom', path: ['workspace'], message: problem })
    }),
    concurrency: fixed.concurrency ?? 1,
    whileBusy: ['input', 'took', 'resize'],
    warnings: (options) => limitWarnings(limitsOf(fixed, options)),
    state: (options) => new Commands(limitsOf(fixed, options)),
    start: sweepOnce,
    on: {
      async run(message, scope): Promise<ShellResult> {
        // Where it is served from elsewhere, nothing has started it.
        await sweepOnce()
        return runCommand(message, scope, fixed).finally(() => scope.state.paces.delete(scope.task?.id ?? ''))
      },
      input: (message, { state }): unknown => state.input(message),
      took: (message, { state }): unknown => state.took(message),
      resize: (message, { state }): unknown => state.resize(message),
    },
  })

/** Runs any command of its user, through `/bin/sh`, in the current directory unless `options.workspace` says another. */
export const shell = shellAgent('shell')
