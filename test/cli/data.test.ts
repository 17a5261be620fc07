import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { task } from '../../actors/index.js'
import { connect } from '../../bridge/client.js'
import { signToken } from '../../bridge/index.js'
import { cleanUp, isAlive, type Running, troupe } from '../kit/command.js'

const secret = 'a secret of more than thirty-two characters'
const directories: string[] = []
const fresh = () => {
  const dir = mkdtempSync(join(tmpdir(), 'troupe-data-'))
  directories.push(dir)
  return dir
}
const up = async (dir: string) => {
  const running = troupe(['up', '--port', '0', '--data', join(dir, 'data')], { TROUPE_SECRET: secret })
  const [, url = ''] = await running.until(/^troupe listening on (ws:\/\/\S+)$/m)
  const token = await signToken({ sub: 'ann', permissions: ['admin'], agents: ['*'], ttl: 600_000 }, secret)
  return { running, client: connect(url, { token }) }
}
/** As the machine ends a process: nothing of it has time to do anything. */
const kill = async (running: Running) => {
  running.signal('SIGKILL')
  await running.ended
}
const pidIn = async (path: string): Promise<number> => {
  for (;;) {
    try {
      const pid = Number(readFileSync(path, 'utf8'))
      if (pid > 0) return pid
    } catch {
      // Not written yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('troupe up --data', { timeout: 90_000 }, () => {
  afterEach(async () => {
    await cleanUp()
    for (const dir of directories.splice(0)) rmSync(dir, { recursive: true, force: true })
  })

  it('goes on after a kill -9: the agent, what waits for it, and what it was doing', async () => {
    const dir = fresh()
    const first = await up(dir)
    const sh = first.client.spawn({ kind: 'agent', name: 'shell' } as never, { id: 'sh', options: { workspace: dir } })
    await sh.ready
    const run = (id: string, command: string, retries = 0) =>
      first.client.spawn(task({ id, to: 'sh', message: { type: 'run', command }, retries, backoff: [10, 10] })).ready
    await run('long', `echo $$ > pid; echo begun >> tries; test $(wc -l < tries) -gt 1 || exec sleep 60`, 1)
    const pid = await pidIn(join(dir, 'pid'))
    await run('next', 'echo done > next')
    await first.client.propose('Go?', { id: 'go', voters: ['ann', 'bob'], choices: ['yes', 'no'] }).vote('ann', 'yes')
    await kill(first.running)
    await first.client.stop()
    const second = await up(dir)
    await second.running.until(/^brought back 1 agent, 2 tasks, 1 ballot$/m)
    expect(isAlive(pid)).toBe(false)
    expect(await second.client.task('long').result()).toMatchObject({ exitCode: 0 })
    await second.client.task('next').result()
    expect(readFileSync(join(dir, 'next'), 'utf8')).toBe('done\n')
    expect(readFileSync(join(dir, 'tries'), 'utf8')).toBe('begun\nbegun\n')
    const { tasks, ballots } = await second.client.view()
    expect(tasks.get('long')).toMatchObject({ state: 'completed', attempt: 2 })
    expect(ballots.get('go')).toMatchObject({ state: 'open', votes: { ann: 'yes' } })
    await second.client.stop()
    second.running.signal('SIGTERM')
    expect((await second.running.ended).code).toBe(0)
  })

  it('SIGTERM lets finish what is in hand, and leaves the rest to the next start', async () => {
    const dir = fresh()
    const first = await up(dir)
    await first.client.spawn({ kind: 'agent', name: 'shell' } as never, { id: 'sh', options: { workspace: dir } }).ready
    const run = (id: string, command: string) =>
      first.client.spawn(task({ id, to: 'sh', message: { type: 'run', command } })).ready
    await run('one', 'echo $$ > pid; until test -e go; do sleep 0.05; done; echo one')
    await run('two', 'echo two > two')
    await pidIn(join(dir, 'pid'))
    first.running.signal('SIGTERM')
    await first.running.until(/^draining: /m)
    writeFileSync(join(dir, 'go'), '')
    expect((await first.running.ended).code).toBe(0)
    await first.client.stop()
    const second = await up(dir)
    await second.running.until(/^brought back 1 agent, 1 task$/m)
    await second.client.task('two').result()
    expect((await second.client.view()).tasks.get('one')).toMatchObject({ state: 'completed', attempt: 1 })
    await second.client.stop()
  })

  it('says in a sentence that a directory cannot be used', async () => {
    const file = join(fresh(), 'file')
    writeFileSync(file, '')
    // Nothing can be made in /proc, where Node's own mkdir may try for ever.
    for (const place of [file, '/proc/nope']) {
      const { code, err } = await troupe(['up', '--port', '0', '--data', place]).ended
      expect(err).toContain(`--data expects a directory that can be made or written; ${place} cannot`)
      expect(code).toBe(2)
    }
  })

  it('a second process waits until the first lets go of the directory', async () => {
    const dir = fresh()
    const first = await up(dir)
    const second = troupe(['up', '--port', '0', '--data', join(dir, 'data')], { TROUPE_SECRET: secret })
    await first.client.view()
    expect(second.out()).toBe('')
    await first.client.stop()
    first.running.signal('SIGTERM')
    await second.until(/^troupe listening on/m)
    expect((await first.running.ended).code).toBe(0)
  })
})
