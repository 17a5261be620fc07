import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { connect } from '../../bridge/client.js'
import { cleanUp, repository, troupe } from '../kit/command.js'

afterEach(cleanUp)
const secret = 'a secret that is long enough for tokens'

describe('troupe keys', () => {
  it('makes keys that only their owner may read, binds a token to them, and what has to be signed with them is', async () => {
    const file = join(repository({}), 'ann')
    expect((await troupe(['keys', 'new', '--out', file]).ended).code).toBe(0)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const keys = JSON.parse(readFileSync(file, 'utf8'))
    const shown = JSON.parse((await troupe(['keys', 'show', file]).ended).out)
    expect(shown).toEqual(JSON.parse(readFileSync(`${file}.pub`, 'utf8')))
    expect(JSON.stringify(shown)).not.toMatch(/"d"/)
    const again = await troupe(['keys', 'new', '--out', file]).ended
    expect([again.code === 0, readFileSync(file, 'utf8')]).toEqual([false, `${JSON.stringify(keys, undefined, 2)}\n`])

    const args = ['up', '--no-example', '--port', '0', '--secret', secret, '--require-signatures', 'critical']
    const [, url = ''] = await troupe(args).until(/^troupe listening on (\S+)$/m)
    const claims = ['--sub', 'ann', '--permissions', 'read,write', '--key', `${file}.pub`, '--secret', secret]
    const token = (await troupe(['token', ...claims]).ended).out.trim()
    for (const [given, code] of [
      [{ keys }, undefined],
      [{}, 'SIGNATURE_REQUIRED'],
    ] as const) {
      const client = connect(url, { token, onError: () => {}, ...given })
      const said = client.channel('team.blue').publish('go', { priority: 'critical' })
      if (code !== undefined) await expect(said).rejects.toMatchObject({ code })
      else await expect(said).resolves.toEqual({ topic: 'team.blue', seq: 1 })
      await client.stop()
    }
  })

  it.each(['5', '[]'])('says whose keys a file does not hold, where there is %s instead', async (keys) => {
    const file = join(repository({ 'keys.json': `{"ann":${keys}}` }), 'keys.json')
    const { code, err } = await troupe(['up', '--no-example', '--port', '0', '--keys', file]).ended
    expect(code).not.toBe(0)
    expect(err).toMatch(/keys\.json of "ann" a list of public keys/)
  })

  it.each([
    [['--keys', 'nowhere.json'], /cannot be read from nowhere\.json/],
    [['--keys', 'package.json'], /package\.json of "name" a list of public keys/],
    [['--require-signatures', 'some'], /expects critical or all; got "some"/],
  ])('says what is wrong with %s', async (args, sentence) => {
    const { code, err } = await troupe(['up', '--no-example', '--port', '0', ...args]).ended
    expect(code).not.toBe(0)
    expect(err).toMatch(sentence)
  })
})
