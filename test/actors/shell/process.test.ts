/** The processes of agents: said when they start and end, in the view while they run, and how many threads they have. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agent } from '../../../actors/agent/define.js'
import { shell, shellAgent } from '../../../actors/shell/shell.js'
import { task } from '../../../actors/task/define.js'
import type { Event, EventOf } from '../../../src/protocol/event.js'
import { restart, resume } from '../../../src/system/strategy.js'
import { createSystem, type System } from '../../../src/system/system.js'
import { type Recording, record } from '../../kit/events.js'

let system: System
let seen: Recording
beforeEach(() => {
  system = createSystem({ onError: () => {} })
  seen = record(system)
})
afterEach(() => system.stop({ force: true }))

const pidsOf = (id: string) => system.state.agents.get(id)?.pids
const told = (id: string) => seen.of('agent.process').filter((event) => event.id === id)
const isProcess = (event: Event, change: EventOf<'agent.process'>['change']) =>
  event.type === 'agent.process' && event.change === change
const begin = (command: string, definition = shell) => {
  const sh = system.spawn(definition)
  const job = system.spawn(task({ to: sh, message: { type: 'run', command } }))
  const printed = () => seen.of('task.output').flatMap(({ id, data }) => (id === job.id ? [data] : []))
  const prints = (part: string) => seen.until(() => printed().join('').includes(part))
  return { sh, job, prints, numbers: () => printed().join('').split('\n').slice(0, -1).map(Number) }
}
const commandOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)

describe('the process of a command', () => {
  it('is told with its real number, its task, and how it ended', async () => {
    const { sh, job, numbers } = begin('echo $$')
    await job.result()
    const [pid] = numbers()
    const common = { type: 'agent.process', id: sh.id, pid, task: job.id }
    expect(told(sh.id)).toEqual([
      { ...common, change: 'started' },
      { ...common, change: 'ended', exitCode: 0, signal: null },
    ])
  })

  it('stands in the view while it runs, and is that process', async () => {
    const { sh, job, prints } = begin('echo up; exec sleep 600')
    await prints('up')
    const [pid = 0, ...others] = pidsOf(sh.id) ?? []
    expect(others).toEqual([])
    expect(commandOf(pid)).toEqual(['sleep', '600'])
    process.kill(pid, 'SIGKILL')
    expect(await seen.until((event) => isProcess(event, 'ended'))).toMatchObject({ pid, exitCode: null, signal: 'SIGKILL' })
    expect(system.state.agents.get(sh.id)).not.toHaveProperty('pids')
    await expect(job.result()).rejects.toMatchObject({ details: { signal: 'SIGKILL' } })
  })

  it('is told of after all that it printed, and before its task has ended', async () => {
    const { job } = begin('echo last; exit 3')
    await expect(job.result()).rejects.toMatchObject({ details: { exitCode: 3 } })
    const types = seen.events.flatMap((event) => {
      const ends = event.type === 'task.status' && event.state === 'failed'
      return event.type === 'task.output' || isProcess(event, 'ended') || ends ? [event.type] : []
    })
    expect(types).toEqual(['task.output', 'agent.process', 'task.status'])
    expect(seen.of('agent.process').at(-1)).toMatchObject({ exitCode: 3, signal: null })
  })

  it('stands there beside others that run at once, in the order of their starts', async () => {
    const many = shellAgent('many', { concurrency: 2 })
    const { sh, job, prints } = begin('echo up; exec sleep 600', many)
    await prints('up')
    const second = system.spawn(task({ to: sh, message: { type: 'run', command: 'exec sleep 601' } }))
    await seen.until((event) => isProcess(event, 'started') && 'task' in event && event.task === second.id)
    const started = told(sh.id).map(({ pid }) => pid)
    expect(started).toHaveLength(2)
    expect(pidsOf(sh.id)).toEqual(started)
    await job.cancel()
    await job.result().catch(() => {})
    expect(pidsOf(sh.id)).toEqual(started.slice(1))
    expect(told(sh.id).at(-1)).toMatchObject({ change: 'ended', task: job.id, signal: 'SIGTERM' })
  })

  it('stands there no more when its agent is restarted or stopped', async () => {
    const { sh, prints } = begin('echo up; exec sleep 600')
    await prints('up')
    await sh.restart()
    expect(system.state.agents.get(sh.id)).not.toHaveProperty('pids')
    await seen.until((event) => isProcess(event, 'ended'))
    const again = begin('echo up; exec sleep 600')
    await again.prints('up')
    expect(pidsOf(again.sh.id)).toHaveLength(1)
    await again.sh.kill()
    expect(system.state.agents.get(again.sh.id)).not.toHaveProperty('pids')
    expect(told(again.sh.id).map(({ change }) => change)).toEqual(['started', 'ended'])
  })

  it('is told of in a view that comes over the wire as plain data', async () => {
    const { sh, prints } = begin('echo up; exec sleep 600')
    await prints('up')
    const copy = await system.view()
    expect(copy.agents.get(sh.id)?.pids).toEqual(pidsOf(sh.id))
    await sh.kill()
    expect(copy.agents.get(sh.id)?.pids).toHaveLength(1)
  })
})

describe('a process that an agent declares', () => {
  const runner = agent('runner', {
    hears: { run: {}, odd: {}, crash: {} },
    concurrency: 2,
    on: {
      run: (_, scope) =>
        new Promise<void>((done) => {
          const child = spawn('sleep', ['600'])
          const ended = scope.process(child.pid ?? 0)
          scope.signal.addEventListener('abort', () => child.kill())
          child.once('exit', (exitCode, signal) => {
            ended({ exitCode, signal })
            ended({ exitCode: 99 })
            done()
          })
        }),
      odd: (_, scope) => void scope.process(0),
      crash() {
        throw new Error('bang')
      },
    },
  })

  it('is told of like that of a command, once, without a task where there is none', async () => {
    const one = system.spawn(runner, { id: 'one' })
    one.send({ type: 'run' })
    await seen.until((event) => isProcess(event, 'started'))
    const [pid = 0] = pidsOf('one') ?? []
    process.kill(pid, 'SIGTERM')
    await seen.until((event) => event.type === 'agent.status' && event.id === 'one' && event.from === 'running' && !event.busy)
    expect(told('one')).toEqual([
      { type: 'agent.process', id: 'one', pid, change: 'started' },
      { type: 'agent.process', id: 'one', pid, change: 'ended', exitCode: null, signal: 'SIGTERM' },
    ])
  })

  it('stays in the view through a crash that is answered with resume, since it runs on, and leaves it otherwise', async () => {
    const kept = system.spawn(runner, { id: 'kept', onFailure: resume() })
    const lost = system.spawn(runner, { id: 'lost', onFailure: restart({ backoff: [0, 0] }) })
    for (const each of [kept, lost]) {
      each.send({ type: 'run' })
      each.send({ type: 'crash' })
    }
    await seen.until((event) => event.type === 'agent.supervised' && event.id === 'kept')
    await seen.until((event) => event.type === 'agent.supervised' && event.id === 'lost')
    expect(pidsOf('kept')).toEqual(told('kept').map(({ pid }) => pid))
    expect(system.state.agents.get('lost')).not.toHaveProperty('pids')
    await seen.until((event) => isProcess(event, 'ended') && 'id' in event && event.id === 'lost')
  })

  it('is refused where its number is none', async () => {
    const one = system.spawn(runner, { id: 'one' })
    await expect(one.ask({ type: 'odd' })).rejects.toMatchObject({ message: expect.stringContaining('got 0') })
    expect(told('one')).toEqual([])
  })
})

describe('the threads of what an agent runs', () => {
  const threads = (pid: number) => readdirSync(`/proc/${pid}/task`).length

  it('are counted over all its processes, as the kernel counts them', async () => {
    const workers =
      'const { Worker } = require("node:worker_threads"); for (let i = 0; i < 3; i++) new Worker("setInterval(() => 0, 1e6)", { eval: true }); setInterval(() => 0, 1e6)'
    const metrics = record(system, 'agent.*.metrics')
    const { sh, job, prints, numbers } = begin(
      `echo $$; sleep 600 & echo $!; ${process.execPath} -e '${workers}' & echo $!; echo 0; wait`,
    )
    await prints('\n0\n')
    const pids = numbers().slice(0, 3)
    const taken = await metrics.until(
      (event) =>
        event.type === 'agent.metrics' &&
        event.processes === 3 &&
        event.threads > 5 &&
        event.threads === pids.reduce((sum, pid) => sum + threads(pid), 0),
    )
    expect(taken).toMatchObject({ id: sh.id, processes: 3 })
    expect(system.state.agents.get(sh.id)?.metrics?.threads).toBeGreaterThan(5)
    await job.cancel()
    expect(system.state.agents.get(sh.id)?.metrics).toMatchObject({ processes: 0, threads: 0 })
  })
})
