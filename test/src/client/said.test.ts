/** What a client said is said once, as it was and in its order, whatever becomes of the connection meanwhile. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { connect } from '../../../bridge/client.js'
import type { ConnectOptions } from '../../../src/client/options.js'
import { createKeys, publicKeys } from '../../../src/crypto/keys.js'
import { type Heard, serve as scripted, until, welcome } from '../../kit/scripted-server.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})
const serve = async (answer: Parameters<typeof scripted>[0]) => {
  const server = await scripted(answer)
  closing.push(server.close)
  return server
}
const client = (url: string, options: ConnectOptions = {}) => {
  const made = connect(url, { onError: () => {}, reconnect: { delays: [0], jitter: 0 }, ...options })
  closing.push(() => made.stop())
  return made
}
/** Nobody looks at what comes of it. */
const quietly = (said: Promise<unknown>) => void said.catch(() => {})
const publishedIn = (heard: readonly Heard[]) => heard.filter(({ type }) => type === 'channel.publish')
const bodiesIn = (heard: readonly Heard[]) => publishedIn(heard).map(({ payload }) => payload['body'])

describe('what a client said', () => {
  it('before the connection was lost goes before what is said as soon as there is another', async () => {
    const { url, heardIn, visitors } = await serve((frame, visitor, turn) => {
      if (frame.type === 'hello') welcome(visitor, turn)
    })
    const remote = client(url)
    const channel = remote.channel('team.blue')
    let opened = 0
    remote.connection.subscribe(({ status }) => {
      if (status === 'open') quietly(channel.publish(`opened ${++opened}`))
    })
    await until(() => publishedIn(heardIn(1)).length === 1)
    for (const body of [1, 2, 3]) quietly(channel.publish(body))
    await until(() => publishedIn(heardIn(1)).length === 4)
    visitors[0]?.socket.terminate()
    await until(() => publishedIn(heardIn(2)).length === 5)
    expect(bodiesIn(heardIn(2))).toEqual(['opened 1', 1, 2, 3, 'opened 2'])
    expect(heardIn(2).map(({ key }) => key)).toEqual([
      undefined,
      ...publishedIn(heardIn(1)).map(({ key }) => key),
      expect.any(String),
    ])
  })

  it('is what it was when it was said, whatever is done to it afterwards', async () => {
    const { url, heardIn, visitors } = await serve((frame, visitor, turn) => {
      if (frame.type === 'hello') welcome(visitor, turn)
    })
    const { sign } = await createKeys()
    for (const options of [{}, { keys: { sign } }] satisfies ConnectOptions[]) {
      const first = visitors.length + 1
      const remote = client(url, options)
      const body = { at: 0 }
      const say = () => quietly(remote.channel('team.blue').publish(body))
      say()
      body.at = 1
      await until(() => publishedIn(heardIn(first)).length === 1)
      say()
      body.at = 2
      remote.batch(() => {
        say()
        body.at = 3
        say()
      })
      body.at = 4
      await until(() => heardIn(first).length >= 4)
      visitors[first - 1]?.socket.terminate()
      await until(() => publishedIn(heardIn(first + 1)).length === 4)
      expect(bodiesIn(heardIn(first))[0]).toEqual({ at: 0 })
      expect(bodiesIn(heardIn(first + 1))).toEqual([{ at: 0 }, { at: 1 }, { at: 2 }, { at: 3 }])
      await remote.stop()
    }
  })

  it('encrypted is the same text when it is said again, so that its key is known, and is signed anew', async () => {
    const { url, heardIn } = await serve((frame, visitor, turn) => {
      if (frame.type === 'hello') welcome(visitor, turn)
      if (frame.type === 'channel.publish' && turn === 1) visitor.socket.terminate()
      if (frame.type === 'channel.publish' && turn === 2)
        visitor.say('reply', { topic: 'team.blue', seq: 1 }, { correlationId: frame.id })
    })
    const bob = publicKeys(await createKeys())
    const { sign } = await createKeys()
    const remote = client(url, { keys: { sign, of: { bob: [bob.encrypt] } } })
    expect(await remote.channel('team.blue').publish('for bob', { encryptFor: ['bob'] })).toMatchObject({ seq: 1 })
    const [first] = publishedIn(heardIn(1))
    const [again] = publishedIn(heardIn(2))
    expect(first?.payload['body']).toHaveProperty('jwe')
    expect(again).toEqual({ ...first, signature: expect.any(String) })
  })

  it('is not said to a server that has not said welcome, although it is ready to be said by then', async () => {
    let list: () => void = () => {}
    const bob = publicKeys(await createKeys()).encrypt
    const keys = createServer((_, response) => {
      list = () => response.end(JSON.stringify({ keys: [{ ...bob, sub: 'bob', use: 'enc', alg: 'ECDH-ES+A256KW' }] }))
    })
    await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve))
    closing.push(() => keys.close())
    const { url, heardIn, typesOf, visitors } = await serve((frame, visitor, turn) => {
      if (frame.type === 'hello' && turn === 1) welcome(visitor, turn)
    })
    // A server that listens on a port has an address.
    const jwks = `http://127.0.0.1:${(keys.address() as AddressInfo).port}/`
    const remote = client(url, { keys: { jwks } })
    await until(() => remote.connected.status === 'open')
    quietly(remote.channel('team.blue').publish('for bob', { encryptFor: ['bob'] }))
    quietly(remote.channel('team.blue').publish('in the clear'))
    const asked = list
    await until(() => list !== asked)
    remote.reconnect()
    await until(() => typesOf(2).length === 1)
    list()
    // Time enough for what is encrypted, which is told by nothing, to be ready.
    for (let turns = 0; turns < 20_000; turns++) await new Promise((resolve) => setImmediate(resolve))
    expect(typesOf(2)).toEqual(['hello'])
    const [, second] = visitors
    if (second) welcome(second, 2)
    await until(() => publishedIn(heardIn(2)).length === 2)
    expect(bodiesIn(heardIn(2))).toEqual([{ jwe: expect.anything() }, 'in the clear'])
  })

  it('is refused at once where it is larger than the server reads, and costs no connection', async () => {
    const { url, visitors, typesOf } = await serve((frame, visitor, turn) => {
      if (frame.type === 'hello') welcome(visitor, turn, { limits: { frame: 1_000, subscriptions: 1, outbox: 1 } })
    })
    const remote = client(url)
    await until(() => remote.connected.status === 'open')
    const channel = remote.channel('team.blue')
    for (const body of ['x'.repeat(1_000), 'ä'.repeat(450), '€'.repeat(300)])
      await expect(channel.publish(body)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    remote.batch(() => {
      for (const body of ['a'.repeat(600), 'b'.repeat(600)]) quietly(channel.publish(body))
    })
    await until(() => typesOf(1).length === 3)
    expect(typesOf(1)).toEqual(['hello', 'channel.publish', 'channel.publish'])
    expect(visitors).toHaveLength(1)
  })
})
