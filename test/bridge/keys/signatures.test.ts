import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { swarm, task } from '../../../actors/index.js'
import { thumbprint } from '../../../src/crypto/jwk.js'
import { createKeys, type Keys, ownKey, publicKeys } from '../../../src/crypto/keys.js'
import { signClaims } from '../../../src/crypto/sign.js'
import type { Envelope } from '../../../src/protocol/envelope.js'
import type { Claims } from '../../../src/protocol/signature.js'
import { keyed } from '../../kit/keyed.js'
import type { TestClient } from '../../kit/tclient.js'
import { odd, setUp } from '../../kit/world.js'

const publish = { topic: 'team.blue', body: { text: 'go' }, priority: 'critical' }

const signed = async (keys: Keys, claims: Partial<Claims> & { readonly id: string }) =>
  signClaims(await ownKey(keys.sign, 'Ed25519', 'a key'), {
    from: 'ann',
    at: Date.now(),
    type: 'channel.publish',
    payload: publish,
    ...claims,
  })

/** Says a frame with a signature, and resolves with the answer. */
const say = (one: TestClient, id: string, signature: string, payload: object = publish, type = 'channel.publish') => {
  one.socket.send(JSON.stringify({ id, type, payload, signature }))
  return one.until((frame) => frame.correlationId === id && (frame.type === 'reply' || frame.type === 'error'))
}

describe('a signature', () => {
  it('lets a critical message in, and travels to whoever hears it, who finds that it holds', async () => {
    const { as } = await keyed({ names: ['ann'], signatures: { required: 'critical' } })
    const { client: ann } = await as('ann')
    const { client: bob } = await as('bob')
    const heard = bob.channel('team.blue').iterate()
    const next = heard.next()
    await bob.view()
    await ann.channel('team.blue').publish({ text: 'go' }, { priority: 'critical', metadata: { why: 'now' } })
    const { value: envelope } = await next
    if (!envelope) throw new Error('nothing came')
    expect(envelope.signature).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    await expect(bob.verify(envelope)).resolves.toMatchObject({
      from: 'ann',
      type: 'channel.publish',
      payload: { topic: 'team.blue' },
    })
    const told = (changed: object) => bob.verify({ ...envelope, ...changed })
    await expect(told({ topic: 'team.red' })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
    await expect(told({ source: 'bob' })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
    await expect(told({ event: { type: 'message', from: 'ann', body: { text: 'stop' } } })).rejects.toMatchObject({
      code: 'SIGNATURE_INVALID',
    })
    await expect(told({ priority: 'low' })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
    await expect(told({ signature: undefined })).rejects.toMatchObject({ code: 'SIGNATURE_REQUIRED' })
  })

  it.each([
    ['agent.ask', { to: 'ada', message: { type: 'x' } }],
    ['agent.steer', { to: 'ada', message: { type: 'x' } }],
    ['schedule.create', { to: 'ada', message: { type: 'x' }, when: { after: 1 } }],
    ['task.create', { to: 'ada', message: { type: 'x' } }],
    ['task.graph', { tasks: { a: { to: 'bea', message: { type: 'x' } }, b: { to: 'ada', message: { type: 'x' } } } }],
    ['swarm.create', { goal: 'g', members: [{ id: 'bea' }, { id: 'ada' }] }],
    ['swarm.join', { id: 's', agent: 'ada' }],
    ['swarm.send', { id: 's', from: 'bea', to: 'ada', message: { type: 'x' } }],
    ['swarm.hand-over', { id: 's', task: 't', to: 'ada', reason: 'r' }],
  ])('is asked for where an agent is to be acted on with signatures alone, also in %s', async (type, payload) => {
    const { raw } = await keyed({ names: ['ann'], signatures: { required: [{ on: ['agent.ada'] }] } })
    const one = await raw('ann')
    expect((await one.ask(type, payload)).payload).toMatchObject({ code: 'SIGNATURE_REQUIRED' })
    const other = JSON.parse(JSON.stringify(payload).replaceAll('"ada"', '"cleo"'))
    expect((await one.ask(type, other)).payload).not.toMatchObject({ code: 'SIGNATURE_REQUIRED' })
  })

  it('is asked for where it has to be, and nowhere else', async () => {
    const required = [
      { minPriority: 'critical' },
      { commands: ['agent.kill'] },
      { commands: ['channel.*'], on: ['vault.#'] },
    ] as const
    const { raw } = await keyed({ names: ['ann'], signatures: { required } })
    const one = await raw('ann')
    const task = { to: 'nobody', message: { type: 'x' } }
    for (const [type, payload] of [
      ['channel.publish', publish],
      ['agent.kill', { id: 'ada' }],
      ['channel.publish', { topic: 'vault.one', body: 1 }],
      ['task.graph', { tasks: { a: task, b: { ...task, priority: 'critical' } } }],
      ['swarm.send', { id: 's', from: 'a', to: 'b', message: { type: 'x' }, priority: 'critical' }],
    ] as const)
      expect((await one.ask(type, payload)).payload, type).toMatchObject({ code: 'SIGNATURE_REQUIRED', retry: false })
    expect((await one.ask('channel.publish', { ...publish, priority: 'high' })).type).toBe('reply')
    expect((await one.ask('task.graph', { tasks: { a: task } })).payload).not.toMatchObject({ code: 'SIGNATURE_REQUIRED' })
    expect((await one.ask('view.get')).type).toBe('reply')
  })

  it.each<[string, RegExp, (keys: Keys, other: Keys) => Promise<string>]>([
    ['by a key that nobody knows', /no key/, (_, other) => signed(other, { id: 'x1' })],
    ['in the name of somebody else', /by bob/, (keys) => signed(keys, { id: 'x1', from: 'bob' })],
    ['of another topic', /payload/, (keys) => signed(keys, { id: 'x1', payload: { ...publish, topic: 'team.red' } })],
    ['of another body', /payload/, (keys) => signed(keys, { id: 'x1', payload: { ...publish, body: 1 } })],
    ['of another command', /agent\.send/, (keys) => signed(keys, { id: 'x1', type: 'agent.send' })],
    ['of another frame', /another id/, (keys) => signed(keys, { id: 'x2' })],
    ['of long ago', /too long ago/, (keys) => signed(keys, { id: 'x1', at: Date.now() - 400_000 })],
    ['of before the bridge was opened', /before this bridge/, (keys) => signed(keys, { id: 'x1', at: Date.now() - 100_000 })],
    ['of another day', /ahead/, (keys) => signed(keys, { id: 'x1', at: Date.now() + 86_400_000 })],
    ['without a time', /does not say/, (keys) => signed(keys, { id: 'x1', at: Number.NaN })],
    ['that was changed', /does not fit/, async (keys) => (await signed(keys, { id: 'x1' })).replace(/.{8}$/, 'AAAAAAAA')],
    [
      'whose words were changed',
      /does not fit/,
      async (keys) => {
        const [head, , tail] = (await signed(keys, { id: 'x1' })).split('.')
        return `${head}.${Buffer.from('{"from":"ann"}').toString('base64url')}.${tail}`
      },
    ],
    [
      'with no algorithm',
      /alg/i,
      async ({ sign: { kid } }) => `${Buffer.from(JSON.stringify({ alg: 'none', kid })).toString('base64url')}.e30.AAAA`,
    ],
  ])('%s is refused', async (_, sentence, make) => {
    const { raw, keysOf } = await keyed({ names: ['ann'] })
    const one = await raw('ann')
    const { payload } = await say(one, 'x1', await make(keysOf('ann'), await createKeys()))
    expect(payload).toMatchObject({ code: 'SIGNATURE_INVALID', message: expect.stringMatching(sentence) })
    expect(one.frames.filter(({ channel }) => channel)).toEqual([])
  })

  it('made with the public key as the secret of HS256 is refused', async () => {
    const { raw, keysOf } = await keyed({ names: ['ann'] })
    const one = await raw('ann')
    const { x, kid = '' } = publicKeys(keysOf('ann')).sign
    const forged = await new SignJWT({ from: 'ann', id: 'x1', at: Date.now(), type: 'channel.publish', payload: publish })
      .setProtectedHeader({ alg: 'HS256', kid, typ: 'troupe' })
      .sign(Buffer.from(x, 'base64url'))
    expect((await say(one, 'x1', forged)).payload).toMatchObject({ code: 'SIGNATURE_INVALID' })
  })

  it('is good once: neither the same connection, nor another, nor another client can say it again', async () => {
    const { raw, keysOf } = await keyed({ names: ['ann', 'bob'] })
    const signature = await signed(keysOf('ann'), { id: 'x1' })
    const [one, two, bob] = [await raw('ann'), await raw('ann'), await raw('bob')]
    expect((await say(one, 'x1', signature)).type).toBe('reply')
    const again = { code: 'SIGNATURE_INVALID', message: expect.stringMatching(/taken in before/) }
    expect((await say(two, 'x1', signature)).payload).toMatchObject(again)
    expect((await say(bob, 'x1', signature)).payload).toMatchObject({ code: 'SIGNATURE_INVALID' })
  })

  it('given again under its key, as after a lost connection, is answered as the first time', async () => {
    const { raw, keysOf } = await keyed({ names: ['ann'] })
    const signature = await signed(keysOf('ann'), { id: 'x1' })
    const frame = JSON.stringify({ id: 'x1', type: 'channel.publish', key: 'k', payload: publish, signature })
    const answers = []
    for (const one of [await raw('ann'), await raw('ann')]) {
      one.socket.send(frame)
      answers.push((await one.until(({ correlationId, type }) => correlationId === 'x1' && type !== 'accepted')).payload)
    }
    expect(answers).toEqual([
      { topic: 'team.blue', seq: 1 },
      { topic: 'team.blue', seq: 1 },
    ])
  })

  it('says the same in MessagePack', async () => {
    const { as, system } = await keyed({ names: ['ann'], signatures: { required: [{}] } })
    const { client } = await as('ann', { codec: 'msgpack' })
    const heard = new Promise((resolve) => system.listen('team.blue', resolve))
    await client.channel('team.blue').publish({ list: [1, 2.5, null, 'ü'], none: undefined, big: 2 ** 60 })
    expect(await heard).toMatchObject({ signature: expect.any(String), event: { body: { list: [1, 2.5, null, 'ü'] } } })
  })

  it('stands with every event that repeats what was said, and holds for each', async () => {
    const { as, system } = await keyed({ names: ['ann'] })
    const { client: ann } = await as('ann')
    const { client: bob } = await as('bob')
    const told: Envelope[] = []
    system.listen('#', (envelope) => void (envelope.signature === undefined ? undefined : told.push(envelope)))
    const ada = ann.spawn(odd, { id: 'ada' })
    await ada.ready
    await ann.spawn(swarm({ id: 'crew', goal: 'x', members: [ada] })).ready
    const ballot = ann.propose('Well?', { id: 'b1', voters: ['ann', 'bob'], choices: ['yes', 'no'] })
    await ballot.vote('ann', 'yes')
    await ann.register({ id: 'zoe', hears: [] }, () => {}).say({ type: 'hi' })
    await ann.notify('soon')
    await ann.client('bob').send({ type: 'hi' })
    expect(told.map(({ event }) => event.type)).toEqual([
      ...['agent.spawned', 'swarm.created', 'ballot.vote'],
      ...['agent.said', 'system.notice', 'client.message'],
    ])
    for (const envelope of told) await expect(bob.verify(envelope), envelope.event.type).resolves.toMatchObject({ from: 'ann' })
  })

  it('that takes a while to verify lets nothing overtake it that was said later', async () => {
    const { raw, keysOf } = await keyed({ names: ['ann'] })
    const one = await raw('ann')
    const order: string[] = []
    const note = (text: string) => (frame: { readonly type: string; readonly payload: object }) =>
      order.push(`${text} ${frame.type}`)
    const said = await Promise.all(['x1', 'x2', 'x3'].map((id) => signed(keysOf('ann'), { id })))
    const plain = (id: string) => {
      one.socket.send(JSON.stringify({ id, type: 'channel.publish', payload: publish }))
      return one.until((frame) => frame.correlationId === id && frame.type === 'reply')
    }
    await Promise.all([
      say(one, 'x1', said[0] ?? '').then(note('x1')),
      say(one, 'x2', said[0] ?? '').then(note('x2')),
      plain('p1').then(note('p1')),
      say(one, 'x3', said[2] ?? '').then(note('x3')),
      plain('p2').then(note('p2')),
    ])
    // A refusal says nothing of what happened, and need not wait for the answers before it.
    expect(order.filter((text) => text !== 'x2 error')).toEqual(['x1 reply', 'p1 reply', 'x3 reply', 'p2 reply'])
    expect(order).toContain('x2 error')
  })

  it('does not stand with what only follows from what was signed', async () => {
    const { as, system } = await keyed({ names: ['ann'] })
    const seen: [string, boolean][] = []
    system.listen('#', ({ event, signature, cause }) => {
      expect(cause ?? {}).not.toHaveProperty('signature')
      if (event.type.startsWith('task.') || event.type === 'agent.said') seen.push([event.type, signature !== undefined])
    })
    const { client } = await as('ann')
    const agent = client.spawn(odd, { id: 'ada' })
    await client.spawn(task({ to: agent, message: { type: 'report', times: 1 } })).result()
    expect(seen).toContainEqual(['task.created', true])
    expect(seen).toContainEqual(['agent.said', false])
    expect(seen.filter(([, has]) => has)).toEqual([['task.created', true]])
  })
})

describe('a key', () => {
  it('that a token binds counts alone, and is listed', async () => {
    const { raw, keysOf, http } = await keyed({ names: ['ann'] })
    const bound = await createKeys()
    const { sign, encrypt } = publicKeys(bound)
    const one = await raw('ann', { cnf: { jwk: sign }, encrypt })
    expect((await say(one, 'x1', await signed(bound, { id: 'x1' }))).type).toBe('reply')
    expect((await say(one, 'x2', await signed(keysOf('ann'), { id: 'x2' }))).payload).toMatchObject({ code: 'SIGNATURE_INVALID' })
    const { keys } = (await (await fetch(`${http}/.well-known/jwks.json`)).json()) as { keys: object[] }
    expect(keys).toContainEqual(expect.objectContaining({ sub: 'ann', kid: sign.kid, use: 'sig' }))
    expect(keys).toContainEqual(expect.objectContaining({ sub: 'ann', kid: encrypt.kid, use: 'enc' }))
  })

  it('that a token names by its thumbprint has to be that one', async () => {
    const { raw, keysOf } = await keyed({ names: ['ann', 'eve'] })
    const one = await raw('ann', { cnf: { jkt: await thumbprint(keysOf('ann').sign) } })
    expect((await say(one, 'x1', await signed(keysOf('ann'), { id: 'x1' }))).type).toBe('reply')
    expect((await say(one, 'x2', await signed(keysOf('eve'), { id: 'x2' }))).payload).toMatchObject({ code: 'SIGNATURE_INVALID' })
  })

  it('that is retired is good for what was signed before, and for nothing new', async () => {
    const [old, fresh] = [await createKeys(), await createKeys()]
    const registered = [{ ...publicKeys(old).sign, retired: true }, publicKeys(fresh).sign]
    const { client, token, http } = await setUp({ signatures: { keys: { ann: registered } } })
    const one = await client()
    await one.hello({ token: await token() })
    expect((await say(one, 'x1', await signed(old, { id: 'x1' }))).payload).toMatchObject({
      code: 'SIGNATURE_INVALID',
      message: expect.stringMatching(/retired/),
    })
    expect((await say(one, 'x2', await signed(fresh, { id: 'x2' }))).type).toBe('reply')
    const { keys } = (await (await fetch(`${http}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] }
    expect(keys.map(({ kid }) => kid)).toEqual([old.sign.kid, fresh.sign.kid])
  })
})
