/** What commands take, and what they may: measured on real processes. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Cgroup, ownCgroup } from '../../../actors/shell/cgroup.js'
import { Commands } from '../../../actors/shell/commands.js'
import { holds } from '../../../actors/shell/containment.js'
import { readProcess } from '../../../actors/shell/process-table.js'
import { shell, shellAgent } from '../../../actors/shell/shell.js'
import { task } from '../../../actors/task/define.js'
import type { TroupeError } from '../../../src/errors.js'
import { createSystem, type System } from '../../../src/system/system.js'
import { type Recording, record } from '../../kit/events.js'

let system: System
let seen: Recording
beforeEach(() => {
  system = createSystem({ onError: () => {} })
  seen = record(system, 'task.*.#')
})
afterEach(() => system.stop({ force: true }))

/** Takes so many megabytes, says so, and keeps them. */
const hungry = (megabytes: number) =>
  `exec ${process.execPath} -e 'const all = []; for (let i = 0; i < ${megabytes}; i += 8) all.push(Buffer.alloc(8388608, 1)); console.log("full"); setInterval(() => all, 1e6)'`

const begin = (command: string, options: object = {}, definition = shell) => {
  const sh = system.spawn(definition, { options })
  const job = system.spawn(task({ to: sh, message: { type: 'run', command } }))
  const text = () => seen.events.map((event) => (event.type === 'task.output' && event.id === job.id ? event.data : '')).join('')
  const printed = async (part: string) => {
    if (!text().includes(part)) await seen.until(() => text().includes(part))
  }
  return { sh, job, text, printed }
}
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail('it did not fail'),
    (error: TroupeError) => error,
  )

describe('the memory that an agent may take', () => {
  it('ends what takes more, and says why', async () => {
    const { job } = begin(hungry(1_000), { limits: { memory: 200 } })
    expect(await failureOf(job.result())).toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining('more than the 200 MB of memory'),
      details: { signal: 'SIGKILL', limit: 'memory' },
    })
  })

  it('leaves alone what takes less', async () => {
    const { job, printed } = begin(hungry(50), { limits: { memory: 400 } })
    await printed('full')
    await job.cancel()
    expect(await failureOf(job.result())).toMatchObject({ code: 'CANCELLED' })
  })

  it('counts once what several share', async () => {
    const metrics = record(system, 'agent.*.metrics')
    const hold = `x=$(head -c 40000000 /dev/zero | tr '\\0' x)`
    const { job } = begin(`${hold}; for i in 1 2 3 4 5 6; do (sleep 600; :) & done; wait`, { limits: { memory: 150 } })
    // Six that have it beside the first, and what each of them runs.
    let measured = 0
    await metrics.until((event) => event.type === 'agent.metrics' && event.processes === 13 && ++measured === 3)
    const { memory } = metrics.events.findLast((event) => event.type === 'agent.metrics') ?? expect.fail('nothing was measured')
    expect(memory).toBeGreaterThan(40_000_000)
    expect(memory).toBeLessThan(100_000_000)
    await job.cancel()
    expect(await failureOf(job.result())).toMatchObject({ code: 'CANCELLED' })
  })

  it('is the stricter of what the application and the spawn say', async () => {
    const { job } = begin(hungry(1_000), { limits: { memory: 100_000 } }, shellAgent('small', { limits: { memory: 200 } }))
    expect(await failureOf(job.result())).toMatchObject({ details: { limit: 'memory' } })
  })
})

describe('limits that the kernel does not hold here', () => {
  it('are accepted with a warning, in the event and in the view', async () => {
    const { sh } = begin('true', { limits: { memory: 100, cpu: 0.5 } })
    await sh.ready
    const warnings = system.state.agents.get(sh.id)?.warnings ?? []
    expect(warnings).toHaveLength(2 - holds().size)
    for (const warning of warnings)
      expect(warning).toMatch(/^The kernel does not hold agents to (100 MB of memory|0.5 cores) here/)
    // The reason is what the machine shows: whether a group can be made, and which controllers are in it.
    const made = ownCgroup()?.child('limits-test')
    const controllers = made && readFileSync(join(made.path, 'cgroup.controllers'), 'utf8').trim()
    made?.remove()
    const reason = made ? /have no controller for (memory|processors);/ : /(may make no control group|version 2 are not mounted)/
    for (const warning of warnings) expect(warning).toMatch(reason)
    if (controllers === '') expect(warnings).toHaveLength(2)
  })

  it('are no matter for who sets none', async () => {
    const { sh } = begin('true')
    await sh.ready
    expect(system.state.agents.get(sh.id)).not.toHaveProperty('warnings')
  })
})

describe('a control group', () => {
  const made = mkdtempSync(join(tmpdir(), 'troupe-cgroup-'))
  afterEach(() => rmSync(made, { recursive: true, force: true }))

  it('is told its limits in the words of the kernel', () => {
    mkdirSync(made, { recursive: true })
    for (const file of ['memory.max', 'memory.swap.max', 'cpu.max']) writeFileSync(join(made, file), '')
    expect(new Cgroup(made).limit({ memory: 256, cpu: 0.5 })).toEqual([])
    const told = ['memory.max', 'memory.swap.max', 'cpu.max'].map((file) => readFileSync(join(made, file), 'utf8'))
    expect(told).toEqual(['268435456', '0', '50000 100000'])
  })

  it('names the limits that it cannot be told', () => {
    mkdirSync(made, { recursive: true })
    expect(new Cgroup(made).limit({ memory: 256, cpu: 0.5 })).toEqual(['memory', 'cpu'])
  })

  it('knows how many the kernel ended for want of memory', () => {
    mkdirSync(made, { recursive: true })
    writeFileSync(join(made, 'memory.events'), 'low 0\nhigh 0\nmax 12\noom 1\noom_kill 3\n')
    expect(new Cgroup(made).starved).toBe(3)
  })
})

describe('the priority of commands', () => {
  it('is what the spawn says', async () => {
    const { job, text, printed } = begin('echo $$; sleep 600 & echo $!; echo up; wait', { nice: 7 })
    await printed('up')
    const pids = text().split('\n').slice(0, 2).map(Number)
    expect(pids.map((pid) => getPriority(pid))).toEqual([7, 7])
    await job.cancel()
  })
})

describe('what an agent takes', () => {
  it('is measured over everybody that its command started, while somebody listens', async () => {
    const metrics = record(system, 'agent.*.metrics')
    const { sh, job } = begin(`sh -c 'while :; do :; done' & setsid sleep 600 & ${hungry(100)}`)
    const busy = await metrics.until(
      (event) => event.type === 'agent.metrics' && event.processes === 3 && event.cpu > 0.2 && event.memory > 100 * 1_048_576,
    )
    expect(busy).toMatchObject({ id: sh.id })
    expect(system.state.agents.get(sh.id)?.metrics).toMatchObject({ processes: 3 })
    await job.cancel()
    expect(system.state.agents.get(sh.id)?.metrics).toMatchObject({ cpu: 0, memory: 0, processes: 0 })
  })

  it('is not measured while nobody does', async () => {
    const { sh, job, printed } = begin('echo up; exec sleep 600')
    await printed('up')
    const commands = new Commands({})
    expect(commands.group === undefined ? 'usual' : 'none').toBe(commands.needs)
    commands.rest()
    await job.cancel()
    expect(system.state.agents.get(sh.id)).not.toHaveProperty('metrics')
  })

  it('holds nobody back: a process that is paused is measured too', async () => {
    const metrics = record(system, 'agent.*.metrics')
    const { sh, job, text, printed } = begin('echo $$; exec sleep 600')
    await printed('\n')
    await sh.pause()
    await metrics.until((event) => event.type === 'agent.metrics' && event.processes === 1)
    expect(readProcess(Number.parseInt(text(), 10))?.state).toBe('T')
    await job.cancel()
  })
})
