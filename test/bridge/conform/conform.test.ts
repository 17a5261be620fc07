/** The scripts of conformance: our own bridge holds them, and a server that does not is found out. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { shell } from '../../../actors/index.js'
import { misfit } from '../../../bridge/conform/matcher.js'
import { play } from '../../../bridge/conform/player.js'
import type { Script } from '../../../bridge/conform/script.js'
import { scripts } from '../../../bridge/conform/scripts.js'
import { signToken } from '../../../bridge/token.js'
import { secret, setUp } from '../../kit/world.js'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

const world = async () => {
  const { bridge } = await setUp({ spawnable: [shell], topics: [{ pattern: 'acked.#', delivery: 'exactly-once' }] })
  const admin = { sub: 'conformance', permissions: ['admin'], agents: ['*'], ttl: 60_000 } as const
  const given = {
    ...{ secret, acked: 'acked', definition: 'shell', message: { type: 'run', command: 'true' } },
    token: await signToken(admin, secret),
    reader: await signToken({ sub: 'reader', permissions: ['read'], ttl: 60_000 }, secret),
  }
  const played = (script: Script, codec: 'json' | 'msgpack' = 'json', url = bridge.url, patience = 2_000) =>
    play(script, codec, { url, WebSocket, given, patience })
  return { bridge, given, played }
}
const scriptOf = (words: string): Script => {
  const found = scripts.find(({ name }) => name.includes(words))
  if (!found) throw new Error(`No script is called ${words}.`)
  return found
}

type Frame = { type: string; correlationId?: string; payload: Record<string, unknown> }

/** A server that hands on what another says, with changes: it returns what is said instead. */
const changed = async (to: string, change: (frame: Frame) => Frame[], close = (code: number) => code): Promise<string> => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  server.on('connection', (socket, request) => {
    const real = new WebSocket(to, String(request.headers['sec-websocket-protocol']))
    const waiting: string[] = []
    socket.on('message', (data) => (real.readyState === 1 ? real.send(String(data)) : void waiting.push(String(data))))
    real.on('open', () => {
      for (const text of waiting) real.send(text)
    })
    real.on('message', (data) => {
      // What the real bridge says are frames.
      for (const frame of change(JSON.parse(String(data)) as Frame)) socket.send(JSON.stringify(frame))
    })
    real.on('close', (code) => socket.close(close(code)))
    socket.on('close', () => real.terminate())
    for (const each of [real, socket]) each.on('error', () => {})
  })
  closing.push(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  // A server that listens on a port has an address.
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe.each(['json', 'msgpack'] as const)('our own bridge, in %s', (codec) => {
  it.each(scripts.map((script) => [script.name, script] as const))('%s', async (_name, script) => {
    const { played } = await world()
    const { verdict, why } = await played(script, codec)
    if (script.only && script.only !== codec) expect(verdict).toBe('skipped')
    else expect({ verdict, why }).toEqual({ verdict: 'held', why: undefined })
  })
})

describe('a server that is wrong is found out', () => {
  const with_ = (type: string, change: (frame: Frame) => Frame[]) => (frame: Frame) =>
    frame.type === type ? change(frame) : [frame]

  it.each<[string, string, (frame: Frame) => Frame[], RegExp]>([
    [
      'answers another request',
      'ping is answered',
      with_('pong', (frame) => [{ ...frame, correlationId: 'other' }]),
      /correlationId: expected "p", came "other"/,
    ],
    [
      'says everything twice',
      'covers? comes once|cover comes once',
      with_('message', (frame) => [frame, frame]),
      /expected 1 frames like .* came 2/,
    ],
    ['leaves out the marks', 'a mark counts', with_('mark', () => []), /expected \{"type":"mark".* which did not come/],
    [
      'counts wrongly',
      'a mark counts',
      with_('mark', (frame) => [{ ...frame, payload: { ...frame.payload, dseq: 7 } }]),
      /dseq: expected 2, came 7/,
    ],
    [
      'has no address for its client',
      'hello is answered',
      with_('welcome', (frame) => [{ ...frame, payload: { ...frame.payload, address: undefined } }]),
      /payload.address: expected a id, came nothing/,
    ],
    [
      'loses what was missed',
      'sent what it missed',
      with_('message', (frame) => (frame.payload['body'] === 'missed 1' ? [] : [frame])),
      /missed 1/,
    ],
    [
      'takes a refusal for an answer',
      'is not found',
      with_('error', (frame) => [{ ...frame, type: 'reply' }]),
      /which did not come/,
    ],
    [
      'tells another code',
      'is not found',
      with_('error', (frame) => [{ ...frame, payload: { ...frame.payload, code: 'FAILED' } }]),
      /code: expected "NOT_FOUND", came "FAILED"/,
    ],
  ])('that %s', async (_what, words, change, why) => {
    const { bridge, played } = await world()
    const url = await changed(bridge.url, change)
    const script = scripts.find(({ name }) => new RegExp(words).test(name)) ?? scriptOf(words)
    expect(await played(script, 'json', url, 300)).toMatchObject({ verdict: 'failed', why: expect.stringMatching(why) })
  })

  it('that closes with another code', async () => {
    const { bridge, played } = await world()
    const url = await changed(
      bridge.url,
      (frame) => [frame],
      () => 1000,
    )
    expect(await played(scriptOf('before the welcome'), 'json', url)).toMatchObject({
      verdict: 'failed',
      why: 'step 4: expected the close code 4401, came 1000',
    })
  })
})

describe('a pattern', () => {
  it.each<[unknown, unknown, string | undefined]>([
    [{ a: 1 }, { a: 1, b: 2 }, undefined],
    [{ a: { b: '<something>' } }, { a: { b: null } }, undefined],
    [{ a: { b: '<something>' } }, { a: {} }, 'the frame.a.b: expected something, came nothing'],
    [['<number>', 'x'], [1, 'x'], undefined],
    [[1], [1, 2], 'the frame: expected [1], came [1,2]'],
    [{ id: '<id>' }, { id: '' }, 'the frame.id: expected a id, came ""'],
    [{ a: '<kept>' }, { a: 7 }, undefined],
    [{ a: '<kept>' }, { a: 8 }, 'the frame.a: expected 7, came 8'],
    [{ a: null }, { a: undefined }, 'the frame.a: expected null, came nothing'],
  ])('%j of %j', (pattern, value, expected) => {
    expect(misfit(pattern, value, new Map([['kept', 7]]))).toBe(expected)
  })
})

describe('troupe conform', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'bridge/cli/main.ts', 'conform', ...args], { encoding: 'utf8' })

  it('shows its scripts, each with the heading of PROTOCOL.md that it holds', () => {
    const { status, stdout } = run('--list')
    expect(status).toBe(0)
    expect(stdout.split('\n').length).toBe(scripts.length + 2)
  })

  it('has scripts for headings that there are', () => {
    const protocol = readFileSync(new URL('../../../PROTOCOL.md', import.meta.url), 'utf8')
    const headings = [...protocol.matchAll(/^#+ (.*)$/gm)].map((match) => match[1] ?? '')
    for (const { holds } of scripts)
      expect(
        headings.some((heading) => heading.startsWith(holds)),
        holds,
      ).toBe(true)
  })

  it('says what is wrong with what it was given, and where nobody is', () => {
    expect(run('--url', 'http://x')).toMatchObject({ status: 2, stderr: expect.stringContaining('--url expects an address') })
    expect(run('--only', 'nothing like this')).toMatchObject({ status: 2, stderr: expect.stringContaining('--list shows') })
    expect(run('--url', 'ws://127.0.0.1:9', '--only', '1')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('does not let troupe.v1+json in'),
    })
  })

  it('skips what it cannot try, and never calls that held', async () => {
    const { bridge } = await setUp()
    const { verdict, why } = await play(scriptOf('may only read'), 'json', { url: bridge.url, WebSocket, given: {} })
    expect({ verdict, why }).toEqual({ verdict: 'skipped', why: 'it needs a secret, which was not given' })
  })
})
