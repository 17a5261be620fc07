/** What claude-flow does with time: pings, silence, rates, and how long it waits for a token. */
import { describe, expect, it } from 'vitest'
import { type ClaudeFlowOptions, claudeFlow } from '../../../bridge/dialects/claude-flow/index.js'
import { anybody } from '../../../bridge/token.js'
import { bench } from '../../kit/socket.js'

const opened = (options: ClaudeFlowOptions = {}, admitted = true) => {
  const at = bench({ secret: 'a secret' })
  const dialect = claudeFlow(options)
  const { connection, wire } = at.open({ dialect, ...(admitted ? { admitted: anybody } : {}) })
  let count = 0
  const say = (type: string, fields: object = {}) => {
    const id = `m${++count}`
    connection.message(JSON.stringify({ id, type, version: '1.0.0', timestamp: at.clock.now() - 7, ...fields }))
    return id
  }
  return { ...at, connection, wire, say }
}

describe('claude-flow', () => {
  it('pings who is silent, and ends who does not answer two of them', async () => {
    const { clock, wire } = opened()
    await clock.advance(31_000)
    expect(wire.ofType('ping')).toMatchObject([{ version: '1.0.0', timestamp: expect.any(Number) }])
    await clock.advance(70_000)
    expect(wire.ended).toMatchObject({ code: 1006 })
    expect(wire.ofType('ping')).toHaveLength(2)
  })

  it('keeps who says anything, or answers', async () => {
    const { clock, wire, say } = opened({ heartbeat: 1_000 })
    for (let at = 0; at < 10; at++) {
      await clock.advance(900)
      say(at % 2 === 0 ? 'pong' : 'ping')
    }
    await clock.advance(0)
    expect(wire.ended).toBeUndefined()
    expect(wire.ofType('ping')).toEqual([])
    expect(wire.ofType('pong').map((frame) => (frame as unknown as { latency: number }).latency)).toEqual([7, 7, 7, 7, 7])
  })

  it('lets in so many messages in a window, and what only keeps the connection free of it', async () => {
    const { clock, wire, say } = opened({ rateLimit: { maxMessages: 2, windowMs: 1_000 } })
    const codes = () => wire.ofType('error').map((frame) => [frame.id, (frame as unknown as { code: string }).code])
    say('subscribe', { topics: ['a'] })
    say('publish', { topic: 'b', data: 1 })
    for (let at = 0; at < 5; at++) say('ping')
    await clock.advance(0)
    expect(codes()).toEqual([])
    const refused = say('publish', { topic: 'b', data: 1 })
    await clock.advance(0)
    expect(codes()).toEqual([[refused, 'RATE_LIMIT_EXCEEDED']])
    await clock.advance(1_000)
    say('publish', { topic: 'b', data: 1 })
    await clock.advance(0)
    expect(codes()).toHaveLength(1)
  })

  it('waits so long for a token', async () => {
    const { clock, wire } = opened({}, false)
    await clock.advance(5_000)
    expect(wire.frames).toMatchObject([{ type: 'version-negotiation' }, { type: 'error', code: 'AUTHENTICATION_FAILED' }])
    expect(wire.ended).toMatchObject({ code: 4401 })
  })

  it('may be spoken to before its token was answered', async () => {
    const { clock, wire, say, connection } = opened({}, false)
    connection.message(JSON.stringify({ id: 'a1', type: 'auth', version: '1.0.0', timestamp: 1, token: 'forged' }))
    say('subscribe', { topics: ['a'] })
    await clock.advance(0)
    await wire.until((frame) => frame.type === 'error')
    expect(wire.frames).toMatchObject([
      { type: 'version-negotiation' },
      { id: 'a1', type: 'error', code: 'AUTHENTICATION_FAILED' },
    ])
    expect(wire.ended).toMatchObject({ code: 4401 })
  })

  it('tells of events that were not sent', async () => {
    const at = bench({ limits: { outbox: { messages: 2, bytes: 1_000_000 } } })
    const { connection, wire } = at.open({ dialect: claudeFlow, admitted: anybody })
    connection.message(JSON.stringify({ id: 's', type: 'subscribe', version: '1.0.0', timestamp: 1, topics: ['a'] }))
    await at.clock.advance(0)
    wire.buffered = 10_000_000
    for (let count = 1; count <= 5; count++) await at.system.channel('a').publish(count)
    wire.buffered = 0
    connection.flush()
    expect(wire.ofType('error')).toMatchObject([
      { code: 'INTERNAL_ERROR', details: { topic: 'a', count: 3, reason: 'overflow' } },
    ])
    expect(wire.ofType('event')).toMatchObject([{ sequenceNumber: 4 }, { sequenceNumber: 5 }])
  })
})
