import { describe, expect, it } from 'vitest'
import { agent } from '../../../actors/index.js'
import { createKeys, publicKeys } from '../../../src/crypto/keys.js'
import type { Envelope } from '../../../src/protocol/envelope.js'
import { sealed } from '../../../src/protocol/sealed.js'
import { keyed } from '../../kit/keyed.js'

/** What nobody but its readers may see, nor a part of it. */
const secret = 'the-launch-code-is-4711'

/** Everything that a client hears on a topic, in order. */
const listen = async (client: Awaited<ReturnType<Awaited<ReturnType<typeof keyed>>['as']>>['client'], topic: string) => {
  const envelopes: Envelope[] = []
  const waiting: (() => void)[] = []
  client.channel(topic).envelopes.subscribe((envelope) => {
    envelopes.push(envelope)
    for (const wake of waiting.splice(0)) wake()
  })
  await client.view()
  const until = async (count: number): Promise<readonly Envelope[]> => {
    while (envelopes.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
    return envelopes
  }
  return { envelopes, until }
}

const bodiesOf = (envelopes: readonly Envelope[]) => envelopes.map(({ event }) => ('body' in event ? event.body : undefined))

describe('a message that is encrypted for some', () => {
  it('is read by these, and stands for the others as what it is, in order with what is said in the clear', async () => {
    const { as } = await keyed({ names: ['ann', 'bob', 'cid', 'eve'] })
    const [{ client: ann }, bob, cid, eve] = [
      await as('ann'),
      await as('bob'),
      await as('cid', { codec: 'msgpack' }),
      await as('eve'),
    ]
    const heard = await Promise.all([bob, cid, eve].map(({ client }) => listen(client, 'team.blue')))
    const channel = ann.channel('team.blue')
    await channel.publish('before')
    const first = channel.publish({ code: secret, list: [1, null] }, { encryptFor: ['bob', 'cid'] })
    await Promise.all([first, channel.publish('after')])
    const [atBob = [], atCid = [], atEve = []] = await Promise.all(heard.map(({ until }) => until(3)))
    const clear = ['before', { code: secret, list: [1, null] }, 'after']
    expect(bodiesOf(atBob)).toEqual(clear)
    expect(bodiesOf(atCid)).toEqual(clear)
    expect(atBob.map(({ encrypted, unreadable }) => [encrypted, unreadable])).toEqual([
      [undefined, undefined],
      [true, undefined],
      [undefined, undefined],
    ])
    expect(atEve[1]).toMatchObject({
      encrypted: true,
      unreadable: { code: 'UNREADABLE', message: expect.stringMatching(/for others/) },
    })
    const [, closed] = bodiesOf(atEve)
    expect(sealed.parse(closed)).toEqual(closed)
    expect(JSON.stringify(closed)).not.toContain(secret)
    expect(bodiesOf(atEve).filter((body) => typeof body === 'string')).toEqual(['before', 'after'])
  })

  it('is nowhere in the journal, the events, the reports, or the frames of somebody else', async () => {
    const written: string[] = []
    const { as, raw, system, errors } = await keyed({ names: ['ann', 'bob'] })
    system.listen('#', (envelope) => void written.push(JSON.stringify(envelope)))
    const spy = await raw('eve')
    await spy.ask('subscribe', { patterns: ['#'] })
    const [{ client: ann }, { client: bob }] = [await as('ann'), await as('bob')]
    const { until } = await listen(bob, 'team.blue')
    const told = new Promise((resolve) => bob.messages.subscribe(resolve))
    bob.register({ id: 'zoe', hears: ['*'] }, ({ message }) => message['text'])
    await bob.view()
    await ann.channel('team.blue').publish(secret, { encryptFor: ['bob'] })
    await ann.client('bob').send({ type: 'note', text: secret }, { encryptFor: ['bob'] })
    expect(await ann.agent('zoe').ask({ type: 'note', text: secret }, { encryptFor: ['bob'] })).toBe(secret)
    // To nobody: what cannot be delivered is a dead letter, and the dead letter is as closed.
    await ann.ask('nobody', { type: 'note', text: secret }, { encryptFor: ['bob'] }).catch(() => {})
    expect(bodiesOf(await until(1))).toEqual([secret])
    expect(await told).toMatchObject({ message: { type: 'note', text: secret }, encrypted: true })
    await spy.until(({ type, payload }) => type === 'message' && payload['body'] !== undefined)
    const stored = system.journal.read({ epoch: system.journal.epoch, offset: 0 }, () => true)
    const everywhere = [written, await stored, spy.frames, errors.list, await system.deadLetters(), await system.view()]
    const text = JSON.stringify(everywhere)
    expect(text).toContain('ciphertext')
    expect(text).not.toContain(secret)
    expect(text).not.toContain(Buffer.from(secret).toString('base64url').slice(4, 24))
  })

  it('is not read by the wrong key, nor after it was changed, and both are told', async () => {
    const { as, system, keysOf } = await keyed({ names: ['ann', 'bob'] })
    const { client: ann } = await as('ann')
    const wrong = await createKeys()
    const posing = { ...wrong.encrypt, kid: keysOf('bob').encrypt.kid ?? '' }
    const { client: bob } = await as('bob', { keys: { encrypt: posing } })
    const { until } = await listen(bob, 'team.blue')
    await ann.channel('team.blue').publish(secret, { encryptFor: ['bob'] })
    const [envelope] = await until(1)
    expect(envelope).toMatchObject({
      encrypted: true,
      unreadable: { code: 'UNREADABLE', message: expect.stringMatching(/key does not fit/) },
    })
    const right = await as('bob')
    const again = await listen(right.client, 'team.*')
    const [closed] = bodiesOf(await until(1))
    const { jwe } = sealed.parse(closed)
    const changed = { jwe: { ...jwe, ciphertext: `${jwe.ciphertext.slice(0, -4)}AAAA` } }
    system.as('ann').channel('team.blue').publish(changed)
    system.as('ann').channel('team.red').publish(closed)
    system.as('eve').channel('team.blue').publish(closed)
    system.as('ann').channel('team.blue').publish(closed)
    system
      .as('ann')
      .channel('team.blue')
      .publish({ jwe: { recipients: [null], ciphertext: '', protected: 7 } })
    const seen = await again.until(5)
    expect(seen.map(({ unreadable }) => unreadable?.code)).toEqual([
      'UNREADABLE',
      'UNREADABLE',
      'UNREADABLE',
      undefined,
      'UNREADABLE',
    ])
    expect(seen.map(({ unreadable }) => /moved here/.test(unreadable?.message ?? ''))).toEqual([false, true, true, false, false])
    expect(bodiesOf(seen)[3]).toBe(secret)
  })

  it('goes to nobody in the clear where a reader has no key, or the system would have to read it', async () => {
    const { as, system } = await keyed({ names: ['ann', 'bob'] })
    const { client: ann, errors } = await as('ann')
    const published: unknown[] = []
    system.listen('#', ({ event }) => (event.type === 'message' ? void published.push(event) : undefined))
    const channel = ann.channel('team.blue')
    await expect(channel.publish(secret, { encryptFor: ['bob', 'nobody'] })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(/nobody/),
    })
    await expect(channel.publish(secret, { encryptFor: [] })).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
    await expect(ann.agent('ada').steer({ type: 'x' }, { encryptFor: ['bob'] } as object)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    })
    await expect(system.channel('team.blue').publish(secret, { encryptFor: ['bob'] })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    })
    await expect(system.ask('ada', { type: 'x' }, { encryptFor: ['bob'] })).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await expect(system.client('ann').send({ type: 'x' }, { encryptFor: ['bob'] })).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    ann.batch(() => ann.send('ada', { type: 'x', text: secret }, { encryptFor: ['nobody'] }))
    await expect(channel.publish('clear')).resolves.toMatchObject({ seq: 1 })
    expect(errors).toEqual(['NOT_FOUND'])
    expect(published).toMatchObject([{ body: 'clear' }])
  })

  it('is encrypted for the keys that were given, whatever the bridge lists', async () => {
    const { as } = await keyed({ names: ['ann', 'bob'] })
    const pinned = await createKeys()
    const { client: ann } = await as('ann', { keys: { of: { bob: [publicKeys(pinned).encrypt] } } })
    const listed = await listen((await as('bob')).client, 'team.blue')
    const real = await listen(
      (await as('bob', { keys: { encrypt: [(await createKeys()).encrypt, pinned.encrypt] } })).client,
      'team.blue',
    )
    await ann.channel('team.blue').publish(secret, { encryptFor: ['bob'] })
    expect(bodiesOf(await real.until(1))).toEqual([secret])
    expect((await listed.until(1))[0]).toMatchObject({ unreadable: { code: 'UNREADABLE' } })
  })

  it('is handed to an agent of a client decrypted, and fails where that cannot read it', async () => {
    const { as } = await keyed({ names: ['ann', 'bob'] })
    const [{ client: ann }, { client: bob }] = [await as('ann'), await as('bob')]
    const seen: unknown[] = []
    const work = bob.register({ id: 'zoe', hears: ['note'] }, async ({ message, encrypted, verify }) => {
      seen.push({ message, encrypted, ...(await verify()) })
      return { read: message['text'] }
    })
    await work.ready
    await expect(ann.agent('zoe').ask({ type: 'note', text: secret }, { encryptFor: ['bob'] })).resolves.toEqual({ read: secret })
    await expect(ann.agent('zoe').ask({ type: 'note', text: 'clear' })).resolves.toEqual({ read: 'clear' })
    expect(seen).toMatchObject([
      { message: { type: 'note', text: secret }, encrypted: true, from: 'ann', type: 'agent.ask' },
      { message: { type: 'note', text: 'clear' }, from: 'ann' },
    ])
    await expect(ann.agent('zoe').ask({ type: 'note', text: secret }, { encryptFor: ['ann'] })).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringMatching(/encrypted for others/),
    })
    expect(seen).toHaveLength(2)
  })

  it('shows an agent of the process its type, and nothing more that the schema of the agent does not ask for', async () => {
    const reader = agent('reader', { hears: { note: {} }, on: { note: (message) => Object.keys(message as object) } })
    const { as, system } = await keyed({ names: ['ann', 'bob'] })
    system.spawn(reader, { id: 'ada' })
    const { client: ann } = await as('ann')
    await expect(ann.ask('ada', { type: 'note', text: secret }, { encryptFor: ['bob'] })).resolves.toEqual(['type'])
  })
})

describe('a client that verifies', () => {
  it('is told what holds, and of the rest that it was held back', async () => {
    const { as, system } = await keyed({ names: ['ann', 'bob'] })
    const [{ client: ann }, { client: bob, errors }] = [await as('ann'), await as('bob', { verify: 'required' })]
    const { until, envelopes } = await listen(bob, 'team.blue')
    const losses: unknown[] = []
    bob.losses.subscribe((loss) => void losses.push(loss))
    await system.as('ann').channel('team.blue').publish('unsigned, in her name')
    await ann.channel('team.blue').publish(secret, { encryptFor: ['bob'] })
    await system.as('ann', { signature: 'a.b.c' }).channel('team.blue').publish('with a signature that is none')
    await ann.channel('team.blue').publish('signed')
    expect(bodiesOf(await until(2))).toEqual([secret, 'signed'])
    expect(losses).toEqual([1, 3].map((seq) => ({ topic: 'team.blue', fromSeq: seq, toSeq: seq, reason: 'signature' })))
    expect(errors).toEqual(['SIGNATURE_REQUIRED', 'SIGNATURE_INVALID'])
    const [first] = envelopes
    if (first) await expect(bob.verify(first)).resolves.toMatchObject({ from: 'ann' })
  })
})
