/** Who was let in, and who is no longer, where a process ends as the machine ends it. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { connect } from '../../bridge/client.js'
import { signToken } from '../../bridge/index.js'
import { levelStore } from '../../src/journal/level/index.js'
import { openJournal } from '../../src/journal/open.js'
import { cleanUp, troupe } from '../kit/command.js'

const directories: string[] = []
const fresh = () => {
  const dir = mkdtempSync(join(tmpdir(), 'troupe-access-'))
  directories.push(dir)
  return join(dir, 'data')
}
const up = async (data: string) => {
  const running = troupe(['up', '--port', '0', '--data', data])
  const [, url = ''] = await running.until(/^troupe listening on (ws:\/\/\S+)$/m)
  const [, token = ''] = await running.until(/^token {2}(\S+)$/m)
  return { running, url, token }
}
const kill = async (running: Awaited<ReturnType<typeof up>>['running']) => {
  running.signal('SIGKILL')
  await running.ended
}

describe('troupe up --data, without a secret', { timeout: 90_000 }, () => {
  afterEach(async () => {
    await cleanUp()
    for (const dir of directories.splice(0)) rmSync(dir, { recursive: true, force: true })
  })

  it('keeps one for its owner alone: tokens hold after a kill -9, and what was revoked stays revoked', async () => {
    const data = fresh()
    const first = await up(data)
    const path = join(data, 'secret')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const secret = readFileSync(path, 'utf8').trim()
    const [, said] = await first.running.until(/the secret is kept in (.+?);/)
    expect(said).toBe(path)
    expect(first.running.out() + first.running.err()).not.toContain(secret)
    const eves = await signToken({ sub: 'eve', permissions: ['read', 'write'], jti: 'eves', ttl: 600_000 }, secret)
    const boss = connect(first.url, { token: first.token })
    await boss.revoke('eves')
    await boss.channel('team.word').publish('before')
    await kill(first.running)
    await boss.stop()
    const second = await up(data)
    const refused = connect(second.url, { token: eves, onError: () => {} })
    await expect(refused.view()).rejects.toMatchObject({ code: 'AUTH_FAILED' })
    await refused.stop()
    // A token of the process before is as good as it was.
    const again = connect(second.url, { token: first.token })
    expect((await again.view()).agents.size).toBe(0)
    await again.stop()
  })

  it('keeps who did what: the channel of the audit is on disk after a kill -9', async () => {
    const data = fresh()
    const first = await up(data)
    const boss = connect(first.url, { token: first.token })
    await boss.spawn({ kind: 'agent', name: 'shell' } as never, { id: 'sh', options: { workspace: tmpdir() } }).ready
    // An answer leaves when all that was said before is kept.
    await boss.view()
    await kill(first.running)
    await boss.stop()
    const journal = await openJournal({ stores: { disk: levelStore(join(data, 'journal')) } })
    const deeds: unknown[] = []
    for (let at = { epoch: journal.epoch, offset: 0 }, more = true; more; ) {
      const page = await journal.read(at, (topic) => topic === 'system.audit')
      deeds.push(...page.entries.map(({ event }) => event))
      at = page.cursor
      more = page.more
    }
    await journal.close()
    expect(deeds).toContainEqual(expect.objectContaining({ action: 'login', outcome: 'ok', sub: 'operator' }))
    expect(deeds).toContainEqual(
      expect.objectContaining({ command: 'agent.spawn', target: 'sh', outcome: 'ok', sub: 'operator' }),
    )
  })
})
