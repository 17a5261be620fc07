/** How secrets and tokens are given to the command, and who can see them then. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyToken } from '../../bridge/token.js'
import { troupe } from '../kit/command.js'

const secret = 'canary-of-a-secret-that-is-long-enough'
let dir = ''
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'troupe-secrets-'))
  writeFileSync(join(dir, 'secret'), `${secret}\n`, { mode: 0o600 })
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const claims = (token: string) => verifyToken(token.trim(), secret, Date.now())

describe('a secret', () => {
  it('is read from a file or from the environment without a word, and with a warning from the command line', {
    timeout: 60_000,
  }, async () => {
    const args = ['token', '--sub', 'ann']
    const [file, named, variable, plain, both, none] = await Promise.all([
      troupe([...args, '--secret-file', join(dir, 'secret')]).ended,
      troupe(args, { TROUPE_SECRET_FILE: join(dir, 'secret') }).ended,
      troupe(args, { TROUPE_SECRET: secret }).ended,
      troupe([...args, '--secret', secret]).ended,
      troupe([...args, '--secret', secret, '--secret-file', join(dir, 'secret')]).ended,
      troupe([...args, '--secret-file', join(dir, 'none')]).ended,
    ])
    for (const { out, err } of [file, named, variable]) {
      expect(err).toBe('')
      expect(await claims(out)).toMatchObject({ sub: 'ann' })
    }
    expect(plain.err).toMatch(/^warning: --secret stands in the list of processes/)
    expect(await claims(plain.out)).toMatchObject({ sub: 'ann' })
    expect([both.code, none.code]).toEqual([2, 2])
    for (const { err } of [plain, both, none]) expect(err).not.toContain(secret)
  })

  it('of a bridge is in no list of processes; its tokens say what they were made to, and are revoked', {
    timeout: 60_000,
  }, async () => {
    const up = troupe(['up', '--no-example', '--port', '0', '--secret-file', join(dir, 'secret')])
    const [, url = ''] = await up.until(/listening on (\S+)/)
    const [, operator = ''] = await up.until(/^token {2}(\S+)$/m)
    expect(readFileSync(`/proc/${up.pid}/cmdline`, 'utf8')).not.toContain(secret)
    const made = await troupe(
      ['token', '--sub', 'bob', '--tenant', 'blue', '--controls', 'b1,b2', '--jti', 'bobs', '--permissions', 'admin'],
      { TROUPE_SECRET: secret },
    ).ended
    expect(await claims(made.out)).toMatchObject({ tenant: 'blue', controls: ['b1', 'b2'], jti: 'bobs' })
    writeFileSync(join(dir, 'token'), operator, { mode: 0o600 })
    const bob = troupe(['tail', 'agent.#', '--url', url], { TROUPE_TOKEN: made.out.trim() })
    const revoked = await troupe(['revoke', 'bobs', '--url', url, '--token-file', join(dir, 'token')]).ended
    expect(revoked).toMatchObject({ code: 0, out: 'revoked token bobs\n', err: '' })
    const left = await bob.ended
    expect(left.code).toBe(2)
    expect(left.err).toContain('revoked')
    const gone = await troupe(['ps', '--url', `${url}/?token=${operator}x`], {}).ended
    expect(gone.err + gone.out).not.toContain(operator)
    up.signal('SIGTERM')
    const { code, err } = await up.ended
    expect(code).toBe(0)
    expect(err).not.toContain(secret)
  })

  it.runIf(process.platform === 'linux')(
    'from the command line is in the list of processes no longer when the command runs',
    {
      timeout: 60_000,
    },
    async () => {
      const up = troupe(['up', '--port', '0', '--no-example', '--secret', secret])
      await up.until(/^troupe listening on/m)
      const list = readFileSync(`/proc/${up.pid}/cmdline`, 'utf8')
      up.signal('SIGTERM')
      expect((await up.ended).code).toBe(0)
      expect(list).not.toContain(secret)
      expect(list).toMatch(/^troupe up/)
    },
  )
})
