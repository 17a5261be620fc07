import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { onsembl } from '../../../bridge/dialects/onsembl/index.js'
import { anybody } from '../../../bridge/token.js'
import { settle } from '../../kit/quiet.js'
import { bench } from '../../kit/socket.js'
import { patient, printer } from './agents.js'
import { allFit } from './dashboard.js'

const free = onsembl({ messagesPerSecond: 1e9, commandsPerMinute: 1e9 })

/** Two dashboards on one system; the first says what is random. */
const still = async () => {
  const at = bench()
  const one = at.open({ dialect: free, admitted: anybody })
  const two = at.open({ dialect: free, admitted: anybody })
  at.system.spawn(printer, { id: 'agent-1' })
  at.system.spawn(patient, { id: 'agent-2' })
  await settle()
  return { ...at, one, two }
}

const agentId = fc.constantFrom('agent-1', 'agent-2', 'nobody')
const valid = fc.oneof(
  fc.record({
    type: fc.constant('command:request'),
    payload: fc.record(
      {
        agentId,
        command: fc.string({ minLength: 1, maxLength: 50 }).map((text) => `x${text.replace(/\p{Cc}/gu, '')}`),
        priority: fc.constantFrom('high', 'normal', 'low'),
        timeout: fc.nat().map((ms) => ms + 1),
      },
      { requiredKeys: ['agentId', 'command'] },
    ),
  }),
  fc.record({
    type: fc.constant('command:interrupt'),
    payload: fc.record(
      { commandId: fc.string({ minLength: 1, maxLength: 128 }), reason: fc.string() },
      { requiredKeys: ['commandId'] },
    ),
  }),
  fc.record({
    type: fc.constant('dashboard:connect'),
    payload: fc.record({ token: fc.string(), clientInfo: fc.record({ userAgent: fc.string(), timezone: fc.string() }) }),
  }),
  fc.record({ type: fc.constant('token:refresh'), payload: fc.record({ token: fc.string({ minLength: 1 }) }) }),
)

/** What came of a frame: how many answers of each kind. */
const countOf = (wire: { ofType(type: string): readonly unknown[] }) =>
  ['error', 'command:status', 'connection:ack'].reduce((sum, type) => sum + wire.ofType(type).length, 0)

describe('any frame', () => {
  it('that is valid is answered, in words of the document', async () => {
    const { one, two, errors } = await still()
    await fc.assert(
      fc.asyncProperty(valid, async (frame) => {
        const before = countOf(one.wire)
        one.connection.message(JSON.stringify({ version: '1.0.0', timestamp: 1, ...frame }))
        await settle()
        await settle()
        expect(countOf(one.wire)).toBeGreaterThan(before)
      }),
      { numRuns: 300 },
    )
    for (const { wire } of [one, two]) allFit({ frames: wire.frames as never })
    expect(errors).toEqual([])
    expect([one.wire.ended, two.wire.ended]).toEqual([undefined, undefined])
  })

  it('that is not valid is refused, or costs its own connection and no other', async () => {
    const { open, one, two, errors } = await still()
    const mutated = fc
      .tuple(valid, fc.constantFrom('type', 'payload', 'version', 'timestamp'), fc.jsonValue())
      .map(([frame, field, value]) => JSON.stringify({ version: '1.0.0', timestamp: 1, ...frame, [field]: value }))
    const bytes = fc.uint8Array({ maxLength: 200 }).map((data) => Buffer.from(data).toString('utf8'))
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, bytes, fc.json()), async (text) => {
        const { connection, wire } = open({ dialect: free, admitted: anybody })
        await settle()
        const before = wire.frames.length
        connection.message(text)
        await settle()
        await settle()
        expect(wire.frames.length).toBeGreaterThan(before)
        allFit({ frames: wire.frames as never })
        connection.close(1000, 'over')
      }),
      { numRuns: 500 },
    )
    two.say('heartbeat', { sequence: 1 })
    await settle()
    expect(two.wire.ofType('heartbeat').length).toBe(1)
    expect(one.wire.ended).toBeUndefined()
    expect(errors).toEqual([])
  })
})
