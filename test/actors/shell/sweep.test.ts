/** What a runtime that was killed leaves behind, and what the next one does about it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readProcess } from '../../../actors/shell/process-table.js'
import { shell } from '../../../actors/shell/shell.js'
import { endLeftovers } from '../../../actors/shell/sweep.js'
import { task } from '../../../actors/task/define.js'
import { createSystem } from '../../../src/system/system.js'
import { record } from '../../kit/events.js'

let rolls: string
let before: string | undefined
const hosts: ChildProcess[] = []
beforeEach(() => {
  before = process.env['TROUPE_RUNTIME_DIR']
  rolls = mkdtempSync(join(tmpdir(), 'troupe-rolls-'))
  process.env['TROUPE_RUNTIME_DIR'] = rolls
})
afterEach(async () => {
  await Promise.all(hosts.splice(0).map(killed))
  await endLeftovers()
  if (before === undefined) delete process.env['TROUPE_RUNTIME_DIR']
  else process.env['TROUPE_RUNTIME_DIR'] = before
  rmSync(rolls, { recursive: true, force: true })
})

const doors = (path: string) => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href)

/** A runtime in a process of its own that runs a script; resolves with the first lines that it prints, as numbers. */
const hosted = (script: string, count: number): Promise<{ host: ChildProcess; pids: number[] }> => {
  const all = `
    import { createSystem } from ${doors('src/index.ts')}
    import { shell, task } from ${doors('actors/index.ts')}
    import { writeFileSync } from 'node:fs'
    import { runChild } from ${doors('actors/shell/child.ts')}
    const print = (data) => process.stdout.write(data)
    const system = createSystem()
    ${script}
    await system.stop()`
  const host = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', all], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: new URL('../../..', import.meta.url),
  })
  hosts.push(host)
  return new Promise((resolve, reject) => {
    let text = ''
    host.once('exit', () => reject(new Error(`it ended before it printed ${count} lines: ${text}`)))
    host.stdout?.on('data', (data: Buffer) => {
      text += String(data)
      const lines = text.split('\n').slice(0, -1)
      if (lines.length >= count) resolve({ host, pids: lines.map(Number) })
    })
  })
}
/** One with a shell agent that runs a command; resolves with the pids that the command prints. */
const runtime = (command: string, count: number) =>
  hosted(
    `
    system.listen('task.*.output', ({ event }) => print(event.data))
    const job = system.spawn(task({ to: system.spawn(shell), message: { type: 'run', command: ${JSON.stringify(command)} } }))
    await job.result()`,
    count,
  )
const until = async (fits: () => boolean) => {
  for (const end = Date.now() + 10_000; !fits(); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() > end) throw new Error('it did not come about within 10 s')
}
const isGone = (pid: number) => [undefined, 'Z', 'X'].includes(readProcess(pid)?.state)
const killed = (host: ChildProcess) =>
  new Promise<void>((resolve) => {
    if (host.exitCode !== null || host.signalCode !== null) return resolve()
    host.once('exit', () => resolve())
    host.kill('SIGKILL')
  })

const scattered = `echo $$; sh -c 'echo $$; exec sleep 600' & setsid sh -c 'echo $$; exec sleep 600' & setsid -f sh -c 'echo $$; exec sleep 600'; wait`

describe('what a runtime that was killed has left behind', () => {
  it('is ended by the next one before its first command, wherever it went', async () => {
    const { host, pids } = await runtime(scattered, 4)
    await killed(host)
    expect(pids.filter(isGone)).toEqual([])
    // Looked for before anything is run, so nobody of them is left when this one prints.
    const next = await runtime(`echo $$`, 1)
    expect(pids.filter((pid) => !isGone(pid))).toEqual([])
    await new Promise<void>((resolve) => (next.host.exitCode === null ? next.host.once('exit', () => resolve()) : resolve()))
    expect(readdirSync(rolls)).toEqual([])
  })

  it('is ended before the first shell agent of the next one is ready, though that runs nothing', async () => {
    const { host, pids } = await runtime(scattered, 4)
    await killed(host)
    await hosted(
      `
      await system.spawn(shell).ready
      print('1\\n')
      setInterval(() => {}, 1e6)
      await new Promise(() => {})`,
      1,
    )
    expect(pids.filter((pid) => !isGone(pid))).toEqual([])
    expect(readdirSync(rolls)).toEqual([])
  })

  it('is ended too where only having been seen tells that it belonged to a command', async () => {
    const [seen, gone] = [join(rolls, 'seen'), join(rolls, 'gone')]
    // It is seen with the mark first, and then becomes a program that has no variables at all.
    const command = `(setsid sh -c 'echo $$; until [ -e ${seen} ]; do sleep 0.02; done; exec env -i sleep 600' & until [ -e ${gone} ]; do sleep 0.02; done) & exec sleep 600`
    // Without a control group, whose processes need not be written down.
    const { host, pids } = await hosted(
      `
      const signal = new AbortController().signal
      const onStart = (family) => setInterval(() => family.members().length > 2 && writeFileSync('${seen}', ''), 20)
      await runChild({ command: ${JSON.stringify(command)}, cwd: '/', env: process.env, grace: 0, signal, onOutput: print, onStart })`,
      1,
    )
    const [pid = 0] = pids
    const name = readdirSync(rolls).find((each) => each.endsWith('.run')) ?? ''
    await until(() => readFileSync(join(rolls, name), 'utf8').includes(`\n${pid} `))
    const parent = readProcess(pid)?.parent
    writeFileSync(gone, '')
    await until(() => readProcess(pid)?.parent !== parent)
    await killed(host)
    expect(isGone(pid)).toBe(false)
    expect((await endLeftovers()).map((each) => each.pid)).toContain(pid)
    expect(isGone(pid)).toBe(true)
  })

  it('is named, and found once', async () => {
    const { host, pids } = await runtime(scattered, 4)
    // Each says its number before it becomes another program.
    const sleeps = () => pids.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep'))
    await until(() => sleeps().length === 3)
    const asleep = sleeps()
    await killed(host)
    const ended = await endLeftovers()
    // The shell that waits for them may end by itself once they are gone, and then was not ended.
    expect(ended.map(({ pid }) => pid)).toEqual(expect.arrayContaining(asleep))
    expect(ended.map(({ command }) => command)).toContain('sleep 600')
    expect(pids.filter((pid) => !isGone(pid))).toEqual([])
    expect(await endLeftovers()).toEqual([])
  })

  it('is not mistaken for what a runtime that lives has in hand', async () => {
    const { pids } = await runtime(scattered, 4)
    expect(await endLeftovers()).toEqual([])
    expect(pids.filter(isGone)).toEqual([])
  })

  it('is nothing where a number was given to somebody else since, or the machine was started anew', async () => {
    const { host, pids } = await runtime('echo $$; exec sleep 600', 1)
    const [name = ''] = readdirSync(rolls)
    const [pid = 0] = pids
    writeFileSync(join(rolls, '1-1-abc.run'), `another-boot pid:[1]\n${pid} ${readProcess(pid)?.started}\n`)
    expect(await endLeftovers()).toEqual([])
    expect(readdirSync(rolls)).toEqual([name])
    expect(isGone(pid)).toBe(false)
    await killed(host)
  })
})

describe('a place for the roll that others may write to', () => {
  it('is not believed: nobody is ended for what stands there', async () => {
    const { host, pids } = await runtime('echo $$; exec sleep 600', 1)
    chmodSync(rolls, 0o777)
    await killed(host)
    expect(await endLeftovers()).toEqual([])
    expect(pids.filter(isGone)).toEqual([])
    chmodSync(rolls, 0o700)
    expect(await endLeftovers()).toHaveLength(1)
  })
})

describe('a place for the roll that is none', () => {
  it('keeps no command from running, and is told beside it', async () => {
    const file = join(rolls, 'file')
    writeFileSync(file, '')
    process.env['TROUPE_RUNTIME_DIR'] = file
    const system = createSystem()
    const seen = record(system, 'agent.*.activity')
    const job = system.spawn(task({ to: system.spawn(shell), message: { type: 'run', command: 'true' } }))
    expect(await job.result()).toMatchObject({ exitCode: 0 })
    expect(seen.events).toContainEqual(
      expect.objectContaining({ activity: expect.stringContaining('should the runtime be killed, this may live on') }),
    )
    await system.stop()
  })
})
