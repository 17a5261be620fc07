import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cleanUp, isAlive, type Running, repository, troupe } from '../kit/command.js'

const up = async (args: string[] = [], env: Record<string, string> = {}) => {
  const running = troupe(['up', '--port', '0', '--secret', 'S', ...args], env)
  const [, url = ''] = await running.until(/^troupe listening on (ws:\/\/\S+)$/m)
  return { running, url, http: url.replace('ws:', 'http:') }
}
const tokenOf = async (...args: string[]) =>
  (await troupe(['token', '--sub', 'me', '--secret', 'S', '--permissions', 'admin', ...args]).ended).out.trim()

describe('troupe up', { timeout: 60_000 }, () => {
  afterEach(cleanUp)

  it('runs the example, answers to HTTP, and stays up after the verdict', async () => {
    const { running, http } = await up(['--repo', repository({ 'package.json': { scripts: { test: 'true' } } })])
    await running.until(/^token {2}\S+\nwatch {2}TROUPE_TOKEN=\S+ .* tail 'task\.#' --url ws:\S+$/m)
    await running.until(/^verdict: accepted$/m)
    for (const path of ['/healthz', '/readyz']) {
      const answer = await fetch(http + path)
      expect([answer.status, await answer.json()]).toEqual([
        200,
        expect.objectContaining({ status: 'ok', agents: expect.any(Number), swarms: 1 }),
      ])
    }
    running.signal('SIGTERM')
    expect((await running.ended).code).toBe(0)
  })

  it('stays up when there is nothing to check, and says why', async () => {
    const { running, http } = await up(['--repo', repository({})])
    expect(running.out()).toMatch(/the example could not start: There is nothing to check/)
    expect((await fetch(`${http}/healthz`)).status).toBe(200)
  })

  it('takes its settings from the environment, and flags win', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    const { code, err } = await troupe(['up'], { PORT: String(port), TROUPE_NO_EXAMPLE: '1' }).ended
    expect(err).toMatch(new RegExp(`port ${port} is in use; stop what listens there, or choose another port`))
    expect(code).toBe(2)
    const other = troupe(['up', '--port', '0'], { TROUPE_PORT: String(port), TROUPE_NO_EXAMPLE: '1', TROUPE_NO_AUTH: '1' })
    await other.until(/^troupe listening on/m)
    await other.until(/authentication is off/)
    const guarded = troupe(['up', '--port', '0'], { TROUPE_NO_EXAMPLE: 'true', TROUPE_NO_AUTH: '0' })
    await guarded.until(/^token {2}\S+$/m)
    taken.close()
  })

  it('says everything as JSON lines when asked', async () => {
    const running = troupe(['up', '--port', '0', '--no-example', '--json'])
    await running.until(/"event":"listening".*\n/)
    expect(JSON.parse(running.out().split('\n')[0] ?? '')).toMatchObject({
      event: 'listening',
      url: expect.stringMatching(/^ws:/),
      token: expect.any(String),
    })
  })

  it('gives tasks their grace when it is told to end, and leaves no process behind', async () => {
    const { running, url } = await up(['--repo', repository({ 'package.json': { scripts: { test: 'true' } } })])
    await running.until(/^verdict/m)
    const flags = ['--url', url, '--token', await tokenOf()]
    const quick = troupe(['exec', 'worker 1', ...flags, '--', 'echo begun; sleep 1; echo finished'])
    const slow = troupe(['exec', 'worker 2', ...flags, '--', 'echo $$; exec sleep 600'])
    const pid = Number((await slow.until(/^(\d+)\n/))[1])
    await quick.until(/begun/)
    running.signal('SIGINT')
    expect(await quick.ended).toMatchObject({ code: 0, out: 'begun\nfinished\n' })
    expect((await running.ended).code).toBe(0)
    expect((await slow.ended).code).not.toBe(0)
    expect(isAlive(pid)).toBe(false)
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'drains once when %s comes twice at once, as from a terminal through npm',
    async (signal) => {
      const { running } = await up(['--repo', repository({ 'package.json': { scripts: { test: 'exec sleep 600' } } })])
      await running.until(/test: started/)
      running.signal(signal)
      running.signal(signal)
      expect(await running.ended).toMatchObject({ code: 0, out: expect.stringMatching(/stopped\n$/) })
    },
  )

  it.each<[string, string, boolean]>([
    ['a secret of 31 characters', 'x'.repeat(31), true],
    ['one of 32', 'x'.repeat(32), false],
  ])('is given %s, and says whether that is too short', async (_what, secret, warns) => {
    const running = troupe(['up', '--port', '0', '--no-example', '--secret', secret])
    await running.until(/^watch/m)
    expect(/^warning: the secret \(--secret\) has 31 characters; give one of 32 or more/m.test(running.out())).toBe(warns)
    const json = troupe(['up', '--port', '0', '--no-example', '--json', '--secret', secret])
    await json.until(/"event":"listening".*\n/)
    json.signal('SIGTERM')
    expect((await json.ended).out.includes('"event":"warning"')).toBe(warns)
  })

  it('takes a variable that is empty for one that is not there, and refuses an empty host', async () => {
    const empty = { TROUPE_HOST: '', TROUPE_PORT: '', TROUPE_SECRET: '', TROUPE_LOG_LEVEL: '' }
    const running = troupe(['up', '--port', '0', '--no-example'], empty)
    await running.until(/^troupe listening on ws:\/\/127\.0\.0\.1:\d+$/m)
    expect(await troupe(['up', '--host=', '--no-example']).ended).toMatchObject({
      code: 2,
      err: expect.stringContaining('The host is empty'),
    })
  })

  it('keeps its token out of its log', async () => {
    const running = troupe(['up', '--port', '0', '--no-example', '--log-level', 'info'])
    await running.until(/^token/m)
    running.signal('SIGTERM')
    const { err } = await running.ended
    expect([/"event":"listening"/.test(err), /eyJ/.test(err)]).toEqual([true, false])
  })

  it('is killed by a second Ctrl-C, and takes its children with it', async () => {
    const { running, url } = await up(['--repo', repository({ 'package.json': { scripts: { test: 'true' } } })])
    await running.until(/^verdict/m)
    const slow = troupe([
      'exec',
      'worker 1',
      '--url',
      url,
      '--token',
      await tokenOf(),
      '--',
      'echo $$; trap "" TERM; while :; do sleep 1; done',
    ])
    const pid = Number((await slow.until(/^(\d+)\n/))[1])
    running.signal('SIGINT')
    await running.until(/draining/)
    // What comes within a moment is the same Ctrl-C, told twice; so it is said until it is heard.
    const insist = setInterval(() => running.signal('SIGINT'), 50)
    expect((await running.ended).code).toBe(130)
    clearInterval(insist)
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
  })
})

describe('from another terminal', { timeout: 60_000 }, () => {
  let server: Running
  let flags: string[]
  beforeAll(async () => {
    const { running, url } = await up(['--repo', repository({ 'package.json': { scripts: { test: 'true' } } })])
    server = running
    await running.until(/^verdict/m)
    flags = ['--url', url, '--token', await tokenOf()]
  }, 60_000)
  afterAll(cleanUp)

  it('exec streams both outputs apart and ends with the remote code', async () => {
    const ends = await Promise.all([
      troupe(['exec', 'worker 1', ...flags, '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']).ended,
      troupe(['exec', 'worker 2', ...flags, '--codec', 'msgpack', '--', 'kill -9 $$']).ended,
      troupe(['exec', 'nobody', ...flags, '--', 'true']).ended,
    ])
    expect(ends[0]).toEqual({ code: 7, out: 'out\n', err: 'err\n' })
    expect(ends[1]?.code).toBe(137)
    expect(ends[2]).toMatchObject({
      code: 2,
      err: expect.stringMatching(/There is no agent nobody\. Those that run commands: .*worker 1/),
    })
  })

  it('exec ends what it started when nobody reads its output any more', async () => {
    const endless = troupe(['exec', 'worker 1', ...flags, '--', 'yes'])
    await endless.until(/y\n/)
    endless.readNoMore()
    expect((await endless.ended).code).toBe(141)
    expect(await troupe(['exec', 'worker 1', ...flags, '--', 'echo free']).ended).toMatchObject({ code: 0, out: 'free\n' })
  })

  const stops = (exec: Running) => {
    exec.signal('SIGSTOP')
    return () => exec.signal('SIGCONT')
  }
  const readsNothing = (exec: Running) => {
    exec.pauseReading()
    return exec.resumeReading
  }
  it.each<[string, (exec: Running) => () => void, string[], boolean]>([
    ['is as slow as its reader, and shows everything', readsNothing, [], true],
    ['shows everything after it was stopped', stops, [], true],
    [
      'says how much it could not show where it may not hold the command back, and does not end well',
      stops,
      ['--permissions', 'read,write'],
      false,
    ],
  ])('exec %s', async (_what, hold, rights, whole) => {
    const [, url = ''] = flags
    const pidFile = join(repository({}), 'pid')
    const command = `echo $$ > ${pidFile}; exec seq 1 6000000`
    const slow = troupe([
      'exec',
      'worker 1',
      '--url',
      url,
      '--token',
      rights.length > 0 ? await tokenOf(...rights) : (flags[3] ?? ''),
      '--',
      command,
    ])
    await slow.until(/^1\n/)
    const release = hold(slow)
    const pid = Number(readFileSync(pidFile, 'utf8'))
    const written = () => (isAlive(pid) ? /^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] : undefined)
    // It has ended, or has written nothing for as long as five hundred answers of the bridge take.
    for (
      let still = 0, before = written();
      isAlive(pid) && !(whole && still > 500);
      await fetch(`${url.replace('ws:', 'http:')}/healthz`)
    ) {
      const now = written()
      still = now === before ? still + 1 : 0
      before = now
    }
    expect(isAlive(pid)).toBe(whole)
    release()
    const { code, out, err } = await slow.ended
    const lines = out.split('\n').length - 1
    if (whole) expect({ code, err, lines }).toEqual({ code: 0, err: '', lines: 6_000_000 })
    else {
      expect(lines).toBeLessThan(6_000_000)
      expect(err).toMatch(
        /troupe: \d+ of \d+ pieces of the output were not shown, since they came faster than they were read\.\n$/,
      )
      expect(code).toBe(2)
    }
  })

  it('ps lists what there is, as text and as JSON', async () => {
    const [text, json] = await Promise.all([troupe(['ps', ...flags]).ended, troupe(['ps', ...flags, '--json']).ended])
    expect(text.out).toMatch(/AGENT .*\n(.*\n)*.*planner +running/)
    expect(text.out).toMatch(/completed +100 %/)
    expect(JSON.parse(json?.out ?? '').swarms).toMatchObject([{ name: 'ci', phase: 'completed' }])
  })

  it('tail prints what happens, in both codecs, and ends at Ctrl-C', async () => {
    const tails = (['json', 'msgpack'] as const).map((codec) =>
      troupe(['tail', 'task.#', 'agent.*.status', ...flags, '--codec', codec, '--json']),
    )
    await troupe(['ps', ...flags]).ended
    const seen = Promise.all(tails.map((tail) => tail.until(/"type":"task\.status".*"state":"completed"/)))
    // A tail says nothing until something happens, so things happen until both have said something.
    let done = false
    void seen.then(() => {
      done = true
    })
    while (!done) await troupe(['exec', 'worker 1', ...flags, '--', 'true']).ended
    for (const tail of tails) tail.signal('SIGINT')
    for (const tail of tails) expect((await tail.ended).code).toBe(0)
  })

  it('tail says when the connection is lost, and what that cost, and goes on when it is back', async () => {
    const repo = ['--repo', repository({ 'package.json': { scripts: { test: 'true' } } })]
    const first = await up(repo)
    const port = new URL(first.url).port
    const token = await tokenOf()
    const tail = troupe(['tail', 'task.#', '--url', first.url, '--token', token])
    const run = () => troupe(['exec', 'worker 1', '--url', first.url, '--token', token, '--', 'true']).ended
    let heard = false
    void tail.until(/completed/).then(() => {
      heard = true
    })
    while (!heard) await run()
    first.running.signal('SIGKILL')
    await first.running.ended
    const before = tail.out()
    const second = await up([...repo, '--port', port])
    while (!tail.err().includes('connected again')) await run()
    expect(tail.err()).toMatch(/The connection .*[^.]; trying again\n/)
    expect(tail.err()).toMatch(/events of task\.# were lost/)
    await run()
    tail.signal('SIGINT')
    expect((await tail.ended).out.length).toBeGreaterThan(before.length)
    second.running.signal('SIGTERM')
    expect((await second.running.ended).code).toBe(0)
  })

  it('a token that is wrong or does not reach far enough is refused with a sentence', async () => {
    const weak = await tokenOf('--permissions', 'read', '--channels', 'task.#')
    const url = flags[1] ?? ''
    const [wrong, narrow] = await Promise.all([
      troupe(['ps', '--url', url, '--token', 'x.y.z']).ended,
      troupe(['tail', 'agent.#', '--url', url, '--token', weak]).ended,
    ])
    expect(wrong).toMatchObject({ code: 2, err: expect.stringMatching(/The token was not accepted/) })
    expect(narrow).toMatchObject({ code: 2, err: expect.stringMatching(/does not cover reading agent\.#/) })
    // Above it stands that everybody sees the secret among the arguments.
    expect(JSON.parse(server.err().replace(/^warning: .*\n/gm, ''))).toMatchObject({ msg: 'login failed', code: 'AUTH_FAILED' })
  })
})
