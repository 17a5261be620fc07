import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { cleanUp, isAlive, repository, troupe } from '../kit/command.js'

afterEach(cleanUp)

const run = (repo: string, ...more: string[]) => troupe(['run', 'ci', '--repo', repo, ...more])
const scripts = (given: Record<string, string>, more: object = {}) =>
  repository({ 'package.json': { name: 'r', scripts: given, ...more } })

describe('troupe run ci', { timeout: 60_000 }, () => {
  it('accepts a repository whose checks pass, and shows each with its time', async () => {
    const { code, out } = await run(scripts({ lint: 'echo fine', test: 'echo well' })).ended
    expect(out).toMatch(/^package\.json: lint, test$/m)
    expect(out).toMatch(/^lint +passed +required +\d/m)
    expect(out).toMatch(/^ *\d+ % {2}test: completed/m)
    expect(out).toMatch(/correctness votes accept: every required check passed/)
    expect(out).toMatch(/^verdict: accepted$/m)
    expect(code).toBe(0)
  })

  it('rejects one whose test fails, after a second try, with the end of what it printed', async () => {
    const { code, out } = await run(scripts({ lint: 'true', test: 'echo expected 1, got 2 >&2; exit 1' })).ended
    expect(out).toMatch(/^test +failed +required .*2 tries$/m)
    expect(out).toMatch(/^ {2}expected 1, got 2$/m)
    expect(out).toMatch(/correctness votes reject: not passed: test/)
    expect(out).toMatch(/flakiness (votes|would vote) accept: nothing had to be tried again/)
    expect(code).toBe(1)
  })

  it('accepts what passes at the second try, and says so', async () => {
    const { code, out } = await run(scripts({ test: 'test -e tried || { touch tried; exit 1; }' })).ended
    expect(out).toMatch(/^test +passed +required .*2 tries$/m)
    expect(code).toBe(0)
  })

  it('does not run what needs something that failed', async () => {
    const repo = scripts({ build: 'exit 1', test: 'touch ran' })
    const { code, out } = await run(repo).ended
    expect(out).toMatch(/^test +cancelled +required +build did not pass$/m)
    expect(out).toMatch(/^100 % {2}test: not run$/m)
    expect([code, existsSync(join(repo, 'ran'))]).toEqual([1, false])
  })

  it('reads a Makefile where there is no package.json, and works without git', async () => {
    const { code, out } = await run(repository({ Makefile: 'build:\n\t@echo built\n\ntest: build\n\t@echo tested\n' })).ended
    expect(out).toMatch(/^Makefile: build, test$/m)
    expect(code).toBe(0)
  })

  it('says why advice was not given', async () => {
    const { out } = await run(scripts({ test: 'true' }, { dependencies: {}, packageManager: 'npm@10.0.0' })).ended
    expect(out).toMatch(/^audit +skipped +advice +there are no dependencies$/m)
    expect(out).toMatch(/hygiene votes accept: in order: secrets, large files/)
  })

  it('finds a secret and says which file holds it, without failing for it alone', async () => {
    const key = `AKIA${'ABCDEFGH23456789'}`
    const { code, out } = await run(
      repository({ 'package.json': { scripts: { test: 'true' } }, 'deep/config.txt': `key = ${key}` }),
    ).ended
    expect(out).toContain('deep/config.txt seems to hold an AWS access key')
    expect(code).toBe(0)
  })

  it('could not run, with a sentence and no stack, where there is nothing to check', async () => {
    const cases: [string, RegExp][] = [
      [repository({}), /There is nothing to check in/],
      [join(repository({}), 'nowhere'), /There is no directory .*nowhere; name the repository/],
      [repository({ 'package.json': '{ broken' }), /package\.json of the repository cannot be read/],
      [scripts({ test: 'echo "Error: no test specified" && exit 1' }), /the placeholder that npm writes/],
    ]
    for (const [repo, sentence] of cases) {
      const { code, err } = await run(repo).ended
      expect(err).toMatch(sentence)
      expect(err).not.toMatch(/^\s+at /m)
      expect(code).toBe(2)
    }
  })

  it('does not run for ever on a repository that checks itself', async () => {
    const main = join(import.meta.dirname, '../../bridge/cli/main.ts')
    const repo = scripts({
      lint: `cd ${join(import.meta.dirname, '../..')} && ${process.execPath} --import tsx ${main} run ci --repo $OLDPWD`,
      test: `cd ${join(import.meta.dirname, '../..')} && ${process.execPath} --import tsx ${main} up --port 0 --repo $OLDPWD`,
    })
    const { code, out } = await run(repo).ended
    expect(out.match(/is being checked already, by a swarm that this one was started from/g)).toHaveLength(2)
    expect(code).toBe(1)
  })

  it('ends what it started when it is interrupted', async () => {
    const repo = scripts({ test: 'echo $$ > pid; exec sleep 600' })
    const running = run(repo)
    await running.until(/test: started/)
    while (!existsSync(join(repo, 'pid')) || readFileSync(join(repo, 'pid'), 'utf8') === '')
      await new Promise((resolve) => setTimeout(resolve, 10))
    const pid = Number(readFileSync(join(repo, 'pid'), 'utf8'))
    running.signal('SIGINT')
    const { code, err } = await running.ended
    expect([code, isAlive(pid)]).toEqual([130, false])
    expect(err).toMatch(/interrupted; what was running has been ended/)
  })

  it('tells its verdict by its code though nobody reads what it prints', async () => {
    const running = run(scripts({ test: 'exit 1' }))
    running.readNoMore()
    expect(await running.ended).toMatchObject({ code: 1, err: '' })
  })

  it('gives its report as JSON', async () => {
    const { out, code } = await run(scripts({ test: 'true' }), '--json').ended
    expect(JSON.parse(out)).toMatchObject({
      accepted: true,
      decision: 'accept',
      results: [{ id: 'test', status: 'passed' }, {}, {}, { id: 'audit', status: 'skipped' }],
      opinions: [{ voter: 'correctness', vote: 'accept', counted: true }, {}, {}],
    })
    expect(code).toBe(0)
  })
})

describe('the command line', { timeout: 60_000 }, () => {
  it('says what is wrong, and how to learn more, with code 2', async () => {
    const cases: [string[], RegExp][] = [
      [['dance'], /unknown command 'dance'/],
      [['up', '--fly'], /unknown option '--fly'/],
      [['run', 'nothing'], /There is no example "nothing"; there is: ci/],
      [['up', '--port', 'many'], /A port \(--port, TROUPE_PORT or PORT\) is a whole number from 0 to 65535; got "many"/],
      [['up', '--log-level', 'loud'], /Allowed choices are/],
      [['token', '--sub', 'me', '--secret', 'S', '--ttl', 'long'], /--ttl expects a duration such as 90s/],
      [['token', '--sub', 'me', '--secret', 'S', '--permissions', 'fly'], /A permission is one of read, write/],
      [['token', '--sub', 'me', '--secret', 'S', '--ttl', '99999999d'], /ten years at the most/],
      [['token', '--sub', 'me', '--secret', 'S', '--channels', ''], /--channels expects at least one name/],
      [['up', '--origin', 'notaurl'], /--origin expects an origin such as/],
      [['token', '--sub', 'me'], /set TROUPE_SECRET, or give --secret-file/],
      [['ps', '--url', 'nowhere'], /--url expects an address such as/],
      [['ps', '--url', 'ws://127.0.0.1:1'], /Nothing answers at ws:\/\/127\.0\.0\.1:1/],
    ]
    const ends = await Promise.all(cases.map(([args]) => troupe(args).ended))
    for (const [at, { code, err }] of ends.entries()) {
      expect(err).toMatch(cases[at]?.[1] ?? /never/)
      expect(err).not.toMatch(/^\s+at /m)
      expect(code).toBe(2)
    }
  })
})
