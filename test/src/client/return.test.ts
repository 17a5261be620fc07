/** A client whose connections come and go, against a server that says what the test tells it to, over a real socket. */
import { afterEach, describe, expect, it } from 'vitest'
import { connect } from '../../../bridge/client.js'
import type { Client } from '../../../src/client/client.js'
import type { ConnectOptions, Loss, Unacked } from '../../../src/client/options.js'
import { type Clock, createManualClock } from '../../../src/clock.js'
import { type Heard, serve as scripted, until, type Visitor, welcome } from '../../kit/scripted-server.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const serve = async (answer: Parameters<typeof scripted>[0]) => {
  const server = await scripted(answer)
  closing.push(server.close)
  return server
}
const client = (url: string, options: ConnectOptions = {}): Client => {
  const made = connect(url, { onError: () => {}, reconnect: { delays: [0], jitter: 0 }, ...options })
  closing.push(() => made.stop())
  return made
}
const welcoming = (frame: Heard, visitor: Visitor, turn: number) => {
  if (frame.type === 'hello') welcome(visitor, turn)
}
/** Says an event on a topic of a team. */
const event = (visitor: Visitor | undefined, seq: number, more: object = {}) =>
  visitor?.say('message', { from: 'x', body: seq }, { channel: 'team.blue', seq, epoch: 'e', ...more })
const resumes = (visitors: readonly Visitor[]) => visitors.map(({ heard }) => heard[0]?.payload['resume'])

describe('where a client goes on from', () => {
  it('is a place of the newest mark, its epoch and its offset together', async () => {
    const { url, visitors } = await serve((frame, visitor, turn) => {
      welcoming(frame, visitor, turn)
      if (turn === 1) visitor.say('mark', { dseq: 0, cursor: { epoch: 'e', offset: 900 } })
      if (turn === 2) visitor.say('mark', { dseq: 0, cursor: { epoch: 'newer', offset: 3 } })
      if (turn < 3 && frame.type === 'hello') visitor.socket.close(1011)
    })
    client(url)
    await until(() => (visitors[2]?.heard.length ?? 0) > 0)
    expect(resumes(visitors)).toEqual([
      undefined,
      { session: 's', cursor: { epoch: 'e', offset: 900 } },
      { session: 's', cursor: { epoch: 'newer', offset: 3 } },
    ])
  })

  it.each([
    ['no offset', { epoch: 'newer' }],
    ['no epoch', { offset: 7 }],
    ['nothing', undefined],
  ])('is not moved by a mark whose cursor has %s, nor by an answer without one', async (_, cursor) => {
    const { url, visitors } = await serve((frame, visitor, turn) => {
      welcoming(frame, visitor, turn)
      if (frame.type !== 'subscribe') return
      visitor.say('reply', { patterns: ['team.#'] }, { correlationId: frame.id })
      if (turn === 1) visitor.say('mark', { dseq: 0, cursor })
    })
    const errors: string[] = []
    client(url, { onError: ({ code }) => errors.push(code) })
      .channel('team.#')
      .subscribe()
    await until(() => (visitors[1]?.heard.length ?? 0) > 0)
    expect(resumes(visitors)[1]).toEqual({ session: 's', cursor: { epoch: 'e', offset: 1 } })
  })
})

describe('what a client hears', () => {
  it('comes once to who leaves and comes back while hearing it, over a lost connection too', async () => {
    const { url, visitors } = await serve((frame, visitor, turn) => {
      welcoming(frame, visitor, turn)
      if (frame.type === 'subscribe') visitor.say('reply', {}, { correlationId: frame.id })
      // No mark has come: what was sent is sent again.
      if (frame.type === 'hello' && turn === 2) for (const seq of [1, 2]) event(visitor, seq)
    })
    const remote = client(url)
    const heard: unknown[] = []
    const listen = () => {
      const subscription = remote.channel('team.#').subscribe(({ body }) => {
        heard.push(body)
        subscription.unsubscribe()
        listen()
      })
    }
    listen()
    await until(() => remote.connected.status === 'open')
    event(visitors[0], 1)
    await until(() => heard.length === 1)
    visitors[0]?.socket.close(1011)
    await until(() => heard.length >= 2)
    event(visitors[1], 3)
    await until(() => heard.includes(3))
    expect(heard).toEqual([1, 2, 3])
  })

  it('is nothing of what a former connection still says, and what that says of its end ends no other', async () => {
    const { url, visitors } = await serve(welcoming)
    const remote = client(url)
    const heard: unknown[] = []
    remote.channel('team.#').subscribe(({ body }) => heard.push(body))
    await until(() => remote.connected.status === 'open')
    const [old] = visitors
    remote.reconnect()
    event(old, 1)
    old?.say('error', { code: 'AUTH_FAILED', message: 'Too late.', retry: false })
    old?.socket.close(4409)
    await until(() => visitors.length === 2 && remote.connected.status === 'open')
    event(visitors[1], 2)
    await until(() => heard.length > 0)
    expect(heard).toEqual([2])
    expect(remote.connected).toMatchObject({ status: 'open' })
  })

  it('comes over one socket, however often it was told to connect anew', async () => {
    const { url, visitors } = await serve(welcoming)
    const remote = client(url)
    const heard: unknown[] = []
    remote.channel('team.#').subscribe(({ body }) => heard.push(body))
    await until(() => remote.connected.status === 'open')
    for (let times = 0; times < 5; times++) remote.reconnect()
    for (let times = 0; times < 5; times++) {
      remote.reconnect()
      await until(() => remote.connected.status === 'open')
    }
    await until(() => visitors.filter(({ socket }) => socket.readyState === 1).length === 1)
    for (const visitor of visitors) if (visitor.socket.readyState === 1) event(visitor, 1)
    await until(() => heard.length > 0)
    expect(heard).toEqual([1])
  })
})

describe('what was not finished in a session that is lost', () => {
  it('acknowledges nothing in the next one, whose offsets mean other events', async () => {
    const { url, visitors } = await serve((frame, visitor, turn) => {
      if (frame.type !== 'hello') return
      const epoch = `e${turn}`
      welcome(visitor, turn, { resumed: false, session: `s${turn}`, cursor: { epoch, offset: 1 } })
      event(visitor, 1, { epoch, offset: 5, redelivered: 0 })
    })
    const remote = client(url)
    const losses: Loss[] = []
    remote.losses.subscribe((loss) => losses.push(loss))
    const taken: Unacked[] = []
    remote.unacked('team.#').subscribe((one) => taken.push(one))
    await until(() => taken.length === 1)
    visitors[0]?.socket.close(1012)
    await until(() => taken.length === 2)
    taken[0]?.ack()
    remote.view().catch(() => {})
    await until(() => visitors[1]?.heard.some(({ type }) => type === 'view.get') === true)
    expect(visitors[1]?.heard.map(({ type }) => type)).not.toContain('ack')
    taken[1]?.ack()
    await until(() => visitors[1]?.heard.some(({ type }) => type === 'ack') === true)
    expect(visitors[1]?.heard.find(({ type }) => type === 'ack')?.payload).toEqual({ offsets: [5] })
    expect(losses.map(({ reason }) => reason)).toEqual(['session'])
  })
})

describe('what a client asks', () => {
  const answering = (frame: Heard, visitor: Visitor, turn: number) => {
    welcoming(frame, visitor, turn)
    if (frame.type !== 'hello') visitor.say('reply', { topic: 'team.blue', seq: 1 }, { correlationId: frame.id })
  }

  it('on hearing that it is connected is said once, and answered', async () => {
    const { url, typesOf, visitors } = await serve(answering)
    const remote = client(url)
    const answers: Promise<unknown>[] = []
    remote.connection.subscribe(({ status }) => {
      if (status !== 'open') return
      remote.channel('team.#').subscribe()
      answers.push(remote.channel('team.blue').publish(answers.length))
    })
    await until(() => answers.length === 1)
    expect(await answers[0]).toEqual({ topic: 'team.blue', seq: 1 })
    visitors[0]?.socket.close(1011)
    await until(() => answers.length === 2)
    await answers[1]
    expect(typesOf(1)).toEqual(['hello', 'subscribe', 'channel.publish'])
    expect(typesOf(2).toSorted()).toEqual(['channel.publish', 'hello', 'subscribe'])
  })

  it('of a pattern is asked once a connection, however many listen, and whenever they began', async () => {
    const { url, typesOf, visitors } = await serve(welcoming)
    const remote = client(url)
    for (let times = 0; times < 3; times++) remote.channel('team.#').subscribe()
    await until(() => remote.connected.status === 'open')
    remote.channel('team.#').subscribe()
    visitors[0]?.socket.close(1011)
    await until(() => visitors.length === 2 && remote.connected.status === 'open')
    remote.channel('team.#').subscribe()
    remote.view().catch(() => {})
    await until(() => typesOf(2).includes('view.get'))
    expect([typesOf(1), typesOf(2)]).toEqual([
      ['hello', 'subscribe'],
      ['hello', 'subscribe', 'view.get'],
    ])
  })

  it('before there is a connection, and gave up waiting for, is never said', async () => {
    const clock = createManualClock()
    let open = false
    const { url, typesOf } = await serve((frame, visitor, turn) => {
      if (open) welcoming(frame, visitor, turn)
      else visitor.socket.close(1011)
    })
    const remote = client(url, { clock, timeout: 10_000, reconnect: { delays: [0, 60_000], jitter: 0 } })
    const code = (thrown: { code?: string }) => thrown.code
    const late = [remote.agent('pump').ask({ type: 'drain' }, { timeout: 4_000 }), remote.agent('pump').kill()]
    const codes = Promise.all(late.map((each) => each.then(() => 'done', code)))
    await until(() => remote.connected.status === 'waiting')
    await clock.advance(10_000)
    expect(await codes).toEqual(['TIMEOUT', 'TIMEOUT'])
    open = true
    await clock.advance(50_000)
    await until(() => remote.connected.status === 'open')
    remote.view().catch(() => {})
    await until(() => typesOf(2).includes('view.get'))
    expect(typesOf(2)).toEqual(['hello', 'view.get'])
  })
})

describe('a command that may take for ever', () => {
  it.each([9_000, 10_000])('is said again on a connection that comes soon, and on none that comes later: %d ms', async (away) => {
    const clock = createManualClock()
    const { url, visitors, typesOf } = await serve(welcoming)
    const remote = client(url, { clock, timeout: 10_000, reconnect: { delays: [away], jitter: 0 } })
    await until(() => remote.connected.status === 'open')
    const killed = remote.agent('pump').kill()
    const code = killed.then(
      () => 'done',
      ({ code, message }: { code?: string; message?: string }) => `${code} ${message}`,
    )
    await until(() => typesOf(1).includes('agent.kill'))
    await clock.advance(60_000)
    visitors[0]?.socket.close(1011)
    await until(() => remote.connected.status === 'waiting')
    await clock.advance(away)
    await until(() => remote.connected.status === 'open')
    remote.view().catch(() => {})
    await until(() => typesOf(2).includes('view.get'))
    expect(typesOf(2)).toEqual(away < 10_000 ? ['hello', 'agent.kill', 'view.get'] : ['hello', 'view.get'])
    if (away < 10_000) {
      await clock.advance(60_000)
      visitors[1]?.say('reply', {}, { correlationId: visitors[1].heard[1]?.id })
    }
    expect(await code).toMatch(away < 10_000 ? 'done' : /^DISCONNECTED .*it may have been carried out all the same/)
  })
})

describe('a page in the background', () => {
  it('whose timers run late by minutes takes no connection for dead that answers', async () => {
    const timers = createManualClock()
    let slept = 0
    const clock: Clock = { ...timers, now: () => timers.now() + slept }
    const { url, visitors } = await serve((frame, visitor, turn) => {
      if (frame.type === 'hello') welcome(visitor, turn, { heartbeat: 1_000 })
      if (frame.type === 'ping') visitor.say('pong', {}, { correlationId: frame.id })
    })
    const remote = client(url, { clock })
    await until(() => remote.connected.status === 'open')
    const pings = () => visitors[0]?.heard.filter(({ type }) => type === 'ping').length ?? 0
    for (let turn = 1; turn <= 6; turn++) {
      slept += 600_000
      await timers.advance(1_000)
      await until(() => pings() === turn)
      // The answer is there when something that was asked after it is answered.
      const answered = remote.metrics()
      await until(() => visitors[0]?.heard.at(-1)?.type === 'metrics.get')
      visitors[0]?.say('reply', {}, { correlationId: visitors[0].heard.at(-1)?.id })
      await answered
    }
    expect(visitors).toHaveLength(1)
    expect(remote.connected.status).toBe('open')
  })
})
