/** Messages as text, checked, and their version. */
import { describe, expect, it } from 'vitest'
import { Emitter } from '../../bridge/claude-flow/emitter.js'
import {
  ErrorCodes,
  type Message,
  MessageSerializer,
  MessageValidator,
  PROTOCOL_VERSION,
  VersionNegotiator,
} from '../../bridge/claude-flow/index.js'

const { create, serialize, deserialize } = MessageSerializer

const each: readonly Message[] = [
  create('ping', {}),
  create('pong', { latency: 3 }),
  create('subscribe', { topics: ['a'], patterns: ['b.#'] }),
  create('unsubscribe', { topics: ['a'] }),
  create('publish', { topic: 'a', data: { x: [1, null] }, broadcast: true }),
  create('event', { topic: 'a', data: 1, sequenceNumber: 1 }),
  create('ack', { messageId: 'm', success: true }),
  create('error', { code: ErrorCodes.PUBLISH_FAILED, message: 'No.', details: { why: 'so' } }),
  create('auth', { token: 't', metadata: { a: 1 } }),
  create('version-negotiation', { supportedVersions: ['1.0.0'], selectedVersion: '1.0.0' }),
]

describe('a message', () => {
  it.each(each.map((message) => [message.type, message] as const))('of type %s goes and comes back as it was', (_, message) => {
    expect(deserialize(serialize(message))).toEqual(message)
    expect(MessageValidator.validate(message)).toBe(true)
    expect(message).toMatchObject({ version: PROTOCOL_VERSION, id: expect.any(String), timestamp: expect.any(Number) })
  })

  it('has an id of its own', () => {
    const ids = Array.from({ length: 1_000 }, () => MessageSerializer.generateId())
    expect(new Set(ids).size).toBe(1_000)
  })

  it('without the fields that every message has is none', () => {
    for (const text of ['{}', 'null', '[]', '{"id":"x","type":"ping","version":"1.0.0"}'])
      expect(() => deserialize(text)).toThrow(/required/)
    expect(() => deserialize('{')).toThrow()
  })

  it('is checked by its type', () => {
    const odd = [
      ...[null, 1, 'x', {}, { id: 'x' }, { ...create('ping', {}), type: 'dance' }],
      ...[
        { ...create('subscribe', { topics: [] }), topics: 'a' },
        { ...create('publish', { topic: 'a', data: 1 }), topic: 1 },
      ],
      ...[
        { ...create('ack', { messageId: 'a', success: true }), success: 'yes' },
        { ...create('auth', { token: 'a' }), token: 1 },
      ],
    ]
    expect(odd.map((message) => MessageValidator.validate(message))).toEqual(odd.map(() => false))
  })
})

describe('the version', () => {
  it('is the best of those that both speak', () => {
    expect([VersionNegotiator.isSupported('1.0.0'), VersionNegotiator.isSupported('2.0.0')]).toEqual([true, false])
    expect(VersionNegotiator.selectVersion(['0.9.0', '1.0.0'])).toBe('1.0.0')
    expect(VersionNegotiator.selectVersion(['0.9.0'])).toBeNull()
    expect(VersionNegotiator.createNegotiationMessage('1.0.0')).toMatchObject({
      supportedVersions: ['1.0.0'],
      selectedVersion: '1.0.0',
    })
    expect(VersionNegotiator.createNegotiationMessage()).not.toHaveProperty('selectedVersion')
  })
})

describe('an emitter', () => {
  it('is not ended by an error that nobody listens to, nor by a listener that throws', async () => {
    const one = new Emitter()
    expect(one.emit('error', new Error('mine'))).toBe(false)
    const heard: unknown[] = []
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    one.on('news', () => {
      throw new Error('thrown')
    })
    one.once('news', (news) => heard.push(news))
    expect(one.emit('news', 1)).toBe(true)
    one.emit('news', 2)
    expect(heard).toEqual([1])
    expect((await warned).message).toMatch(/news threw: thrown/)
  })
})
