/** What this machine offers, and what to do where it does not. */
import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { holds } from '../../../actors/shell/containment.js'
import { startInTerminal } from '../../../actors/shell/terminal.js'
import { describeThrown } from '../../../src/errors.js'
import { frameLog } from '../../frame-log.js'
import { tells } from './machine.js'

/** One thing that was looked at. */
export interface Finding {
  readonly about: string
  readonly found: string
  /** `no`: something will not work. `less`: it works with less. */
  readonly verdict: 'yes' | 'less' | 'no'
  /** What follows from it, or what to do. */
  readonly advice?: string
}

const needed = [20, 19] as const

const node = (): Finding => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const fits = major > needed[0] || (major === needed[0] && minor >= needed[1])
  return {
    about: 'Node',
    found: process.versions.node,
    verdict: fits ? 'yes' : 'no',
    ...(fits ? {} : { advice: `install Node ${needed.join('.')} or later` }),
  }
}

const program = (name: string, args: string[], advice: string): Finding => {
  try {
    const [found = ''] = execFileSync(name, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')
    return { about: name, found, verdict: 'yes' }
  } catch {
    return { about: name, found: 'not found', verdict: 'less', advice }
  }
}

const terminal = async (): Promise<Finding> => {
  try {
    const { exited, outputs } = await startInTerminal({ command: 'exit 0', cwd: '/', env: {} }, { columns: 80, rows: 24 })
    for (const [stream] of outputs) stream.on('error', () => {}).resume()
    await exited
    return { about: 'terminals', found: 'can be opened', verdict: 'yes' }
  } catch (thrown) {
    return { about: 'terminals', found: describeThrown(thrown), verdict: 'less', advice: 'commands run without one' }
  }
}

const processes = (): Finding =>
  tells
    ? { about: 'process table', found: '/proc', verdict: 'yes' }
    : {
        about: 'process table',
        found: 'none',
        verdict: 'less',
        advice: 'who leaves the process group of a command is not found, nor is it measured what commands take',
      }

const limits = (): Finding => {
  const held = [...holds()]
  return held.length === 2
    ? { about: 'limits', found: 'held by the kernel', verdict: 'yes' }
    : {
        about: 'limits',
        found: `the kernel holds ${held.join(', ') || 'none'}`,
        verdict: 'less',
        advice:
          'memory is watched and processor time given with a lower priority; control groups (version 2) that may be made, with controllers for both, mend it',
      }
}

const frames = (): Finding =>
  frameLog(process.env['DEBUG'], () => {})
    ? {
        about: 'frames',
        found: 'logged by troupe up, as DEBUG says',
        verdict: 'less',
        advice: 'what is said stands on stderr; unset DEBUG where that is not to be read',
      }
    : { about: 'frames', found: 'not logged', verdict: 'yes' }

const temporary = (): Finding => {
  try {
    accessSync(tmpdir(), constants.W_OK)
    return { about: 'temporary files', found: tmpdir(), verdict: 'yes' }
  } catch {
    return {
      about: 'temporary files',
      found: `${tmpdir()} may not be written to`,
      verdict: 'no',
      advice: 'set TMPDIR to a directory that may',
    }
  }
}

const portFree = (port: number): Promise<Finding> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () =>
      resolve({
        about: `port ${port}`,
        found: 'in use',
        verdict: 'less',
        advice: 'another troupe may run; choose another with --port',
      }),
    )
    server.listen(port, '127.0.0.1', () => server.close(() => resolve({ about: `port ${port}`, found: 'free', verdict: 'yes' })))
  })

/** Looks at everything; changes nothing. */
export const examine = async (port: number): Promise<Finding[]> => [
  node(),
  program('git', ['--version'], 'the example ci works on repositories; install git'),
  program('npm', ['--version'], 'the example ci runs the scripts of npm; install it'),
  processes(),
  await terminal(),
  limits(),
  temporary(),
  frames(),
  await portFree(port),
]
