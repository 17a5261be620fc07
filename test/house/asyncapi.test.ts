/** The AsyncAPI document: written from the sources, read by the parser, and true of what crosses the wire. */
import { DiagnosticSeverity, Parser } from '@asyncapi/parser'
import { describe, expect, it, vi } from 'vitest'
import { written } from '../../scripts/asyncapi/document.js'
import { jsonCodec } from '../../src/codec/json.js'
import { msgpackCodec } from '../../src/codec/msgpack.js'
import { codes } from '../../src/errors.js'
import { commands } from '../../src/protocol/command.js'
import { events } from '../../src/protocol/event.js'
import { sessionAnswers, sessionCommands, sessionEvents } from '../../src/protocol/session.js'
import { faultsOf, heard, paper, type Spoken, said, strangeIn, text } from '../kit/asyncapi.js'
import type { TestClient } from '../kit/tclient.js'
import { setUp } from '../kit/world.js'

describe('asyncapi.json', () => {
  it('is what the sources say', async () => {
    expect(text === (await written()), 'run npm run asyncapi').toBe(true)
  })

  it('is read by the parser without an error or a warning', async () => {
    const found = await new Parser().validate(text)
    const grave = found.filter(({ severity }) => severity <= DiagnosticSeverity.Warning)
    expect(grave.map(({ message, path }) => `${path.join('.')}: ${message}`)).toEqual([])
    // The parser takes seconds, and on a busy machine many.
  }, 120_000)

  it('has every word of the code, and nothing else', () => {
    const keys = (kind: string, table: object) => Object.keys(table).map((type) => `${kind}.${type.replace('session.', '')}`)
    const told: readonly object[] = Object.values(sessionEvents)
    const carried = Object.entries(sessionAnswers).filter(([, schema]) => !told.includes(schema))
    expect(Object.keys(paper.components.messages).sort()).toEqual(
      [
        ...keys('command', commands),
        ...keys('reply', { ...commands, ...Object.fromEntries(carried) }),
        ...keys('event', events),
        ...keys('client', sessionCommands),
        ...keys('server', sessionEvents),
        ...['answer.accepted', 'answer.error'],
      ].sort(),
    )
  })

  it('says how each command is answered', () => {
    const repliesTo = (key: string) =>
      paper.operations[`command.${key}`]?.reply?.messages.map(({ $ref }) => $ref.replace(/.*\//, ''))
    for (const key of Object.keys(commands)) expect(repliesTo(key)).toEqual([`reply.${key}`, 'answer.accepted', 'answer.error'])
  })

  it('has every error code', () => {
    expect(paper.components.schemas['Code']?.enum).toEqual(Object.keys(codes))
  })
})

const codecs = { json: jsonCodec, msgpack: msgpackCodec }

/** Says hello and then something of everything, of which some is refused. */
const converse = async (one: TestClient, token: () => Promise<string>): Promise<void> => {
  await one.hello({ token: await token(), client: 'a test' })
  await one.ask('subscribe', { patterns: ['#'] })
  await one.ask('agent.spawn', { definition: 'odd', id: 'ada', metadata: { colour: 'red' } })
  await one.ask('agent.ask', { to: 'ada', message: { type: 'echo', value: [1, null] }, priority: 'high' })
  await one.ask('agent.ask', { to: 'ada', message: { type: 'echo' } })
  await one.ask('agent.send', { to: 'ada', message: { type: 'report', times: 2 } })
  await one.ask('agent.send', { to: 'nobody', message: { type: 'echo' } })
  await one.ask('dead-letter.list')
  await one.ask('task.create', { id: 't1', to: 'ada', message: { type: 'slow' }, retries: { FAILED: 2 }, backoff: [1, 2] })
  const waiting = one.say('task.result', { id: 't1' })
  await one.until(({ type, correlationId }) => type === 'accepted' && correlationId === waiting)
  await one.ask('task.cancel', { id: 't1', reason: 'enough' })
  await one.ask('task.approval', { id: 'ok', question: 'Publish?', by: ['ann'] })
  await one.ask('attention.list')
  await one.ask('task.approve', { id: 'ok' })
  await one.ask('task.result', { id: 'ok' })
  await one.ask('swarm.create', { id: 's1', goal: 'peace', members: [{ id: 'ada', role: 'scribe' }] })
  await one.ask('task.create', { to: 's1', message: { type: 'echo', value: 'done' } })
  await one.ask('swarm.result', { id: 's1' })
  await one.ask('ballot.propose', {
    id: 'b1',
    question: 'Tea?',
    choices: ['yes', 'no'],
    voters: ['ann'],
    rule: { kind: 'majority' },
  })
  await one.ask('ballot.vote', { id: 'b1', voter: 'ann', choice: 'yes', confidence: 0.5 })
  await one.ask('ballot.result', { id: 'b1' })
  await one.ask('schedule.create', { id: 'c1', to: 'ada', message: { type: 'echo' }, when: { after: 60_000 } })
  await one.ask('view.get')
  await one.ask('schedule.cancel', { id: 'c1' })
  await one.ask('channel.publish', { topic: 'team.blue', body: { text: 'hello' }, ttl: 60_000 })
  await one.ask('refresh', { token: await token() })
  await one.ask('unsubscribe', { patterns: ['system.#'] })
  await one.ask('ping')
  await one.ask('agent.stop', { id: 'ada', force: true })
}

describe.each(['json', 'msgpack'] as const)('every frame of a real conversation, in %s', (codec) => {
  it('is one of the document, and as it says there', async () => {
    const { client, token, bridge } = await setUp()
    const one = await client({ codec })
    const send = vi.spyOn(one.socket, 'send')
    await converse(one, token)
    await one.until(({ type }) => type === 'mark')
    await bridge.close()
    // What a client of ours wrote is a frame.
    const asked = send.mock.calls.map(([data]) => codecs[codec].decode(data as string | Uint8Array) as Spoken)
    const all = [
      ...asked.map((frame) => ({ name: heard(frame), frame })),
      ...one.frames.map((frame) => ({ name: said(frame, asked), frame })),
    ]
    const wrong = all.flatMap(({ name, frame }) => {
      const faults = name === undefined ? 'no such message' : strangeIn(name, frame)
      return JSON.stringify(faults) === '[]' ? [] : [{ name, frame, faults }]
    })
    expect(wrong).toEqual([])
    const kinds = new Set(all.map(({ name }) => name?.replace(/\..*/, '')))
    expect([...kinds].sort()).toEqual(['answer', 'client', 'command', 'event', 'reply', 'server'])
    expect(new Set(all.map(({ name }) => name)).size).toBeGreaterThan(60)
  })
})

describe('a frame that the document refuses', () => {
  const reply = {
    id: 'x',
    type: 'reply',
    timestamp: 0,
    source: 'system',
    correlationId: 'r1',
    priority: 'normal',
    payload: { id: 'ada' },
  }

  it.each([
    ['a command without what it needs', 'command.agent.pause', { id: 'r1', type: 'agent.pause', payload: {} }],
    ['a command without its payload', 'command.agent.pause', { id: 'r1', type: 'agent.pause' }],
    ['an id that is none', 'command.agent.pause', { id: 'r1', type: 'agent.pause', payload: { id: 'a.b' } }],
    ['a frame of another type', 'command.agent.pause', { id: 'r1', type: 'agent.resume', payload: { id: 'ada' } }],
    ['an answer to nothing', 'reply.agent.pause', { ...reply, correlationId: undefined }],
    ['an answer with another payload', 'reply.swarm.result', reply],
    [
      'an event that stands nowhere',
      'event.agent.activity',
      { ...reply, type: 'agent.activity', payload: { id: 'a', activity: '' } },
    ],
    ['a code that there is not', 'answer.error', { ...reply, type: 'error', payload: { code: 'NO', message: '', retry: false } }],
  ])('is %s', (_, name, frame) => {
    expect(faultsOf(name, JSON.parse(JSON.stringify(frame)))).not.toEqual([])
  })

  it('is not the same frame put right', () => {
    expect(faultsOf('reply.agent.pause', reply)).toEqual([])
  })

  it('is not one with a field more, which is only not told of', () => {
    const more = { id: 'r1', type: 'agent.pause', payload: { id: 'ada', more: 1 } }
    expect(faultsOf('command.agent.pause', more)).toEqual([])
    expect(strangeIn('command.agent.pause', more)).not.toEqual([])
  })
})
