/** The shell agent, with real commands: what it runs and how, and what a client may set of it. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ShellOptions } from '../../../actors/shell/run.js'
import { shell, shellAgent } from '../../../actors/shell/shell.js'
import { task } from '../../../actors/task/define.js'
import type { TroupeError } from '../../../src/errors.js'
import { createSystem, type System } from '../../../src/system/system.js'
import { type Recording, record } from '../../kit/events.js'

let dir: string
let system: System
let seen: Recording
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'troupe-shell-')))
  system = createSystem({ onError: () => {} })
  seen = record(system)
})
afterEach(async () => {
  await system.stop({ force: true })
  rmSync(dir, { recursive: true, force: true })
})

const run = (command: string, more: { timeout?: number; definition?: typeof shell; stdin?: string } = {}) => {
  const sh = system.spawn(more.definition ?? shell, { options: { workspace: dir } })
  const job = system.spawn(
    task({
      to: sh,
      message: { type: 'run', command, ...(more.stdin === undefined ? {} : { stdin: more.stdin }) },
      timeout: more.timeout,
    }),
  )
  return { sh, job, output: (stream?: string) => outputOf(job.id, stream) }
}
const outputOf = (id: string, stream?: string) =>
  seen.events
    .map((event) => (event.type === 'task.output' && event.id === id && (!stream || event.stream === stream) ? event.data : ''))
    .join('')
const failureOf = (job: { result(): Promise<unknown> }) =>
  job.result().then(
    () => expect.fail('it did not fail'),
    (error: TroupeError) => error,
  )
const stateOf = (pid: number): string | undefined => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)\s/s, '')[0]
  } catch {
    return undefined
  }
}
const isGone = (pid: number) => [undefined, 'Z', 'X'].includes(stateOf(pid))
const until = async (fits: () => boolean) => {
  for (const end = Date.now() + 10_000; !fits(); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() > end) throw new Error('it did not come about within 10 s')
}
/** The pid that a command prints first. */
const pidOf = async (job: { id: string }) => {
  await seen.until((event) => event.type === 'task.output' && event.id === job.id && /^\d+\n/.test(outputOf(job.id)))
  return Number.parseInt(outputOf(job.id), 10)
}

describe('the shell agent', () => {
  it('runs a real command and tells its output apart, in order, with sequence numbers', async () => {
    const { job, output } = run('echo one; echo two >&2; echo three')
    expect(await job.result()).toMatchObject({ exitCode: 0, signal: null })
    expect([output('stdout'), output('stderr')]).toEqual(['one\nthree\n', 'two\n'])
    const sequences = seen.events.flatMap((event) => (event.type === 'task.output' ? [event.sequence] : []))
    expect(sequences).toEqual(sequences.map((_, at) => at + 1))
  })

  it('fails with the exit code and the end of the output', async () => {
    const { job } = run('echo why; exit 3')
    expect(await failureOf(job)).toMatchObject({
      code: 'FAILED',
      message: 'echo why; exit 3 exited with code 3.',
      details: { exitCode: 3, tail: 'why\n' },
    })
  })

  it('cuts no character in two, however the bytes come', async () => {
    const text = '€𝄞ä'.repeat(20_000)
    writeFileSync(join(dir, 'text'), text)
    const { job, output } = run('dd if=text bs=7 status=none')
    await job.result()
    expect(output()).toBe(text)
    for (const event of seen.events)
      if (event.type === 'task.output') expect(Buffer.from(event.data, 'utf8').toString('utf8')).toBe(event.data)
  })

  it('reads a flood to its end', async () => {
    const { job } = run('head -c 20000000 /dev/zero | tr "\\0" x')
    await job.result()
    expect(seen.events.reduce((sum, event) => sum + (event.type === 'task.output' ? event.data.length : 0), 0)).toBe(20_000_000)
  })

  it('stops the process itself while the task is paused, and continues it', async () => {
    // No shell that forks: one that is stopped between fork and exec shows as waiting for its child instead.
    const { job } = run('echo $$; exec sleep 600')
    const pid = await pidOf(job)
    await job.pause()
    await until(() => stateOf(pid) === 'T')
    await job.resume()
    await until(() => stateOf(pid) !== 'T')
    await job.cancel()
    expect(isGone(pid)).toBe(true)
  })

  it('stops the process while the agent is paused, and ends it even then', async () => {
    const { sh, job } = run('echo $$; exec sleep 600')
    const pid = await pidOf(job)
    await sh.pause()
    await until(() => stateOf(pid) === 'T')
    await job.cancel('enough')
    expect(isGone(pid)).toBe(true)
    expect(await failureOf(job)).toMatchObject({ code: 'CANCELLED' })
  })

  it('ends the whole group, those that ignore a request included', async () => {
    const definition = shellAgent('quick', { grace: 50 })
    const { job, output } = run(`echo $$; (trap '' TERM; echo $(sh -c 'echo $PPID'); while :; do sleep 0.05; done) & wait`, {
      definition,
    })
    await until(() => output().split('\n').length > 2)
    const [parent, child] = output().split('\n').map(Number)
    await job.cancel()
    await until(() => isGone(parent ?? 0) && isGone(child ?? 0))
  })

  it('does not wait for a background process that holds its output, and leaves none behind', async () => {
    const { job, output } = run('sleep 600 & echo $!')
    await job.result()
    expect(isGone(Number.parseInt(output(), 10))).toBe(true)
  })

  it('tells by which signal it was ended from outside', async () => {
    const { job } = run('echo $$; exec sleep 600')
    process.kill(await pidOf(job), 'SIGKILL')
    expect(await failureOf(job)).toMatchObject({ code: 'FAILED', details: { exitCode: null, signal: 'SIGKILL' } })
  })

  it('is ended by its timeout, and by force', async () => {
    const slow = run('echo $$; exec sleep 600', { timeout: 100 })
    const pid = await pidOf(slow.job)
    expect(await failureOf(slow.job)).toMatchObject({ code: 'TIMEOUT' })
    expect(isGone(pid)).toBe(true)
    const stubborn = run(`trap '' TERM; echo $$; while :; do sleep 0.02; done`)
    const other = await pidOf(stubborn.job)
    await stubborn.sh.stop({ force: true })
    expect(isGone(other)).toBe(true)
  })

  it('reads what it is given on its standard input', async () => {
    const { job, output } = run('tr a-z A-Z', { stdin: 'hello' })
    await job.result()
    expect(output()).toBe('HELLO')
  })

  it('says what is wrong when a command or a workspace is not there', async () => {
    const direct = shellAgent('direct', { policy: { shell: false } })
    expect((await failureOf(run('no-such-program --x', { definition: direct }).job)).message).toContain(
      'no-such-program was not found on the PATH',
    )
    const lost = system.spawn(shell, { options: { workspace: join(dir, 'nowhere') } })
    await expect(lost.ready).rejects.toMatchObject({ message: expect.stringContaining('does not exist') })
    const caged = system.spawn(shellAgent('caged', { workspaceRoot: dir }), { options: { workspace: '..' } })
    await expect(caged.ready).rejects.toMatchObject({ message: expect.stringContaining('lies outside of') })
  })

  it('does not hand on what looks like a secret', async () => {
    process.env['TEST_API_KEY'] = 'hidden'
    try {
      const { job, output } = run('echo "[$TEST_API_KEY][$HOME]"')
      await job.result()
      expect(output()).toBe(`[][${process.env['HOME']}]\n`)
    } finally {
      delete process.env['TEST_API_KEY']
    }
  })
})

/** Runs a command, and resolves with what it printed. */
const printed = async (
  fixed: ShellOptions,
  command: string,
  env: { spawn?: Record<string, string>; run?: Record<string, string> } = {},
) => {
  const agent = system.spawn(shellAgent('ours', fixed), {
    options: { workspace: dir, ...(env.spawn ? { env: env.spawn } : {}) },
  })
  const job = system.spawn(task({ to: agent, message: { type: 'run', command, ...(env.run ? { env: env.run } : {}) } }))
  await job.result()
  return outputOf(job.id)
}

describe('the variables of a shell agent', () => {
  it('come from the application, then from its spawn, then from the message', async () => {
    const env = { spawn: { B: 'spawn', C: 'spawn' }, run: { C: 'run' } }
    expect(await printed({ env: { A: 'ours', B: 'ours' } }, 'echo $A $B $C', env)).toBe('ours spawn run\n')
  })

  it.each(['spawn', 'run'])('cannot be set by %s where there is an allow list, unless the application names them', async (by) => {
    const policy = { allow: ['echo *'] }
    await expect(printed({ policy }, 'echo hi', { [by]: { PATH: '.' } })).rejects.toMatchObject({
      code: 'POLICY',
      message: expect.stringContaining('The variable PATH may not be set'),
    })
    expect(await printed({ policy, settable: ['WHO'] }, 'echo $WHO', { [by]: { WHO: 'me' } })).toBe('me\n')
  })
})

describe('the end of the output that a failure carries', () => {
  it('begins with a whole character', async () => {
    await expect(printed({}, "printf '𝄞%.0s' $(seq 3000); printf a; exit 1")).rejects.toMatchObject({
      details: { tail: `${'𝄞'.repeat(999)}a` },
    })
  })
})
