/** What a bridge writes to its log, and the frames that it writes where that is asked for. */
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { frameLog, redacted } from '../../bridge/frame-log.js'
import type { BridgeOptions } from '../../bridge/index.js'
import { createManualClock } from '../../src/clock.js'
import { msgpackCodec } from '../../src/codec/msgpack.js'
import { setUp } from '../kit/world.js'

interface Line {
  readonly level: number
  readonly msg: string
  readonly [field: string]: unknown
}

/** A bridge that writes to `lines`, by the logger that users have. */
const world = async (options: BridgeOptions = {}, settings: Parameters<typeof setUp>[1] = {}) => {
  const lines: Line[] = []
  const waiting = new Set<() => void>()
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      lines.push(JSON.parse(chunk.toString('utf8')))
      for (const look of waiting) look()
      done()
    },
  })
  const all = await setUp({ log: pino({ level: 'debug', base: null }, sink), ...options }, settings)
  const until = (msg: string) =>
    new Promise<Line>((resolve) => {
      const look = () => {
        const found = lines.find((line) => line.msg === msg)
        if (!found) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { ...all, lines, until }
}

const levels = pino.levels.values

describe('the log', () => {
  it('has a line for each connection that is opened and closed', async () => {
    const { welcome, until } = await world()
    const one = await welcome()
    const opened = await until('connection opened')
    expect(opened).toMatchObject({ level: levels['info'], dialect: 'native', connection: expect.any(String) })
    await one.close()
    expect(await until('connection closed')).toMatchObject({
      connection: opened['connection'],
      client: 'ann',
      reason: 'no-status',
      lasted: expect.any(Number),
    })
  })

  it('has what was refused, with the request that asked for it', async () => {
    const { welcome, until } = await world()
    const one = await welcome()
    const id = one.say('agent.pause', { id: 'nobody' })
    expect(await until('command refused')).toMatchObject({
      command: 'agent.pause',
      code: 'NOT_FOUND',
      correlationId: id,
      client: 'ann',
    })
    one.say('no.such', {})
    expect(await until('frame refused')).toMatchObject({ code: 'INVALID_MESSAGE', client: 'ann' })
  })

  it('has logins that failed, and not what was tried', async () => {
    const { client, http, lines, until } = await world()
    const one = await client()
    await one.hello({ token: 'a-token-that-is-none' })
    expect(await until('login failed')).toMatchObject({ level: levels['warn'], code: 'AUTH_FAILED', dialect: 'native' })
    await fetch(`${http}/metrics`, { headers: { Authorization: 'Bearer a-token-that-is-none' } })
    expect(lines.filter(({ msg }) => msg === 'login failed')).toHaveLength(2)
    expect(JSON.stringify(lines)).not.toContain('a-token-that-is-none')
  })

  it('has commands that took long, and not those that wait for work', async () => {
    const clock = createManualClock()
    const guard: BridgeOptions['guard'] = ({ type }) => (type === 'view.get' ? clock.advance(2_000) : undefined)
    const { welcome, until, lines } = await world({ guard }, { clock })
    const one = await welcome()
    await one.ask('agent.spawn', { definition: 'odd', id: 'ada' })
    const asked = one.say('agent.ask', { to: 'ada', message: { type: 'slow' } })
    await one.until(({ type, correlationId }) => type === 'accepted' && correlationId === asked)
    const id = one.say('view.get')
    await one.until(({ type, correlationId }) => type === 'reply' && correlationId === id)
    await one.ask('agent.stop', { id: 'ada', force: true })
    expect(await until('slow command')).toMatchObject({
      ...{ command: 'view.get', correlationId: id, client: 'ann', took: 2_000, level: levels['warn'] },
    })
    expect(lines.filter(({ msg }) => msg === 'slow command')).toHaveLength(1)
    expect(lines.find(({ msg, command }) => msg === 'command answered' && command === 'agent.ask')).toMatchObject({ took: 2_000 })
  })

  it('holds nothing of what is said', async () => {
    const { welcome, lines, until } = await world()
    const one = await welcome()
    await one.ask('agent.spawn', { definition: 'odd', id: 'ada', metadata: { colour: 'mauve' } })
    await one.ask('agent.ask', { to: 'ada', message: { type: 'echo', value: 'mauve' } })
    await one.ask('agent.send', { to: 'ada', message: { type: 'mauve' } })
    await one.close()
    await until('connection closed')
    expect(lines.length).toBeGreaterThan(4)
    expect(JSON.stringify(lines)).not.toContain('mauve')
  })
})

describe('frames', () => {
  const noted = (selection: string | undefined, data: string | Uint8Array = '{"type":"x"}') => {
    const lines: string[] = []
    const log = frameLog(selection, (line) => lines.push(line))
    for (const direction of ['in', 'out'] as const)
      for (const dialect of ['native', 'onsembl']) log?.note({ direction, connection: 'c1', dialect, data })
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  }
  const chosen = (selection: string) => noted(selection).map(({ ws, dialect }) => `${ws} ${dialect}`)

  it('are written where DEBUG chooses them', () => {
    expect(frameLog(undefined, () => {})).toBeUndefined()
    expect(frameLog('express:*,http', () => {})).toBeUndefined()
    expect(chosen('ws:*')).toEqual(['in native', 'in onsembl', 'out native', 'out onsembl'])
    expect(chosen('*')).toHaveLength(4)
    expect(chosen('http ws:in')).toEqual(['in native', 'in onsembl'])
    expect(chosen('ws:in,ws:out')).toHaveLength(4)
    expect(chosen('ws:native')).toEqual(['in native', 'out native'])
    expect(chosen('ws:*,-ws:out')).toEqual(['in native', 'in onsembl'])
  })

  it('are told by size and type, and cut', () => {
    const [line] = noted('ws:in', JSON.stringify({ type: 'echo', value: 'é'.repeat(1_000) }))
    expect(line).toMatchObject({ ws: 'in', connection: 'c1', bytes: 2_026, type: 'echo' })
    expect(String(line?.['text'])).toHaveLength(501)
  })

  it('in MessagePack are read, and what is none is shown as it begins', () => {
    const packed = msgpackCodec.encode({ type: 'hello', payload: { token: 'opensesame' } }) as Uint8Array
    expect(noted('ws:in', packed)[0]).toMatchObject({ type: 'hello', text: '{"type":"hello","payload":{"token":"[secret]"}}' })
    const [half] = noted('ws:in', Buffer.concat([packed, Buffer.from([1])]))
    expect(Buffer.from(String(half?.['text']).replace('(binary) ', ''), 'hex').length).toBeLessThanOrEqual(4)
    expect(noted('ws:in', Uint8Array.of(0xc1, 0x00))[0]).toMatchObject({ text: '(binary) c100', bytes: 2 })
  })

  it.each([
    ['{"token":"abc"}', 'abc'],
    ['{"payload":{"accessToken" : "a\\"bc"}}', 'bc'],
    ['{"authorization":"Bearer abc"}', 'abc'],
    ['{"env":{"API_KEY":"abc","PASSWORD":"def"}}', 'abc'],
    ['{"body":"{\\"token\\":\\"abc\\"}"}', 'abc'],
    ['{"text":"use eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"}', 'eyJ'],
    [`{"token":"${'a'.repeat(600)}`, 'aaaa'],
    ['x{"token":"abc"}', 'abc'],
    ['"token":"abc"', 'abc'],
    [String.raw`{"to\u006ben":"abc"`, 'abc'],
    ["{token:'abc'}", 'abc'],
    ['{"text":"x{\\"token\\":\\"abc\\"}"}', 'abc'],
    ['{"text":"wss://a.example/ws?x=1&access_token=abc&y=2"}', 'abc'],
    ['{"text":"Authorization: Bearer abc"}', 'abc'],
    ['{"text":"authenticate as Bearer abc"}', 'abc'],
  ])('lose what is secret: %s', (text, secret) => {
    expect(redacted(text)).not.toContain(secret)
  })

  it('of a bridge are written to stderr while DEBUG says so', async () => {
    const before = process.env['DEBUG']
    const written: string[] = []
    const { write } = process.stderr
    process.env['DEBUG'] = 'ws:*'
    process.stderr.write = ((line: string) => written.push(line) > 0) as typeof process.stderr.write
    try {
      const { welcome, token } = await setUp()
      const one = await welcome()
      await one.ask('ping')
      const secret = await token()
      const frames = written.filter((line) => line.startsWith('{"ws"')).map((line) => JSON.parse(line) as Record<string, unknown>)
      expect(frames.map(({ ws, type }) => `${ws} ${type}`)).toEqual(
        expect.arrayContaining(['in hello', 'out welcome', 'in ping', 'out pong']),
      )
      expect(written.join('')).not.toContain(secret.split('.')[1])
      expect(written.join('')).not.toContain('eyJ')
    } finally {
      process.stderr.write = write
      if (before === undefined) delete process.env['DEBUG']
      else process.env['DEBUG'] = before
    }
  })
})
