/** What a client acknowledges, and when, with a real bridge. */
import { bufferCount } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { connect } from '../../../bridge/client.js'
import type { TopicDelivery } from '../../../bridge/delivery/rules.js'
import type { Unacked } from '../../../src/client/options.js'
import { cuttingProxy } from '../../kit/cutting-proxy.js'
import { open, setUp } from '../../kit/world.js'

const orders = { pattern: 'orders.#', delivery: 'at-least-once', ackTimeout: 50, redeliveries: 20 } as const

const until = async (fits: () => boolean | Promise<boolean>) => {
  for (const end = Date.now() + 15_000; !(await fits()); await new Promise((resolve) => setImmediate(resolve)))
    if (Date.now() > end) throw new Error('it did not come about within 15 s')
}

const world = async (topics: readonly TopicDelivery[] = [orders]) => {
  const { bridge, system, token } = await setUp({ topics })
  const errors: string[] = []
  const onError = (error: Error) => void errors.push(error.message)
  const mine = await token()
  const client = connect(bridge.url, { token: mine, onError })
  open.push(() => client.stop())
  const publish = (body: unknown, topic = 'orders.1') => system.channel(topic).publish(body)
  return { bridge, client, publish, errors, token: mine }
}

const bodyOf = (event: { readonly type: string }) => (event as unknown as { body: unknown }).body

describe('a client that hears events which have to be acknowledged', () => {
  it('acknowledges what its callback has returned from', async () => {
    const { client, publish } = await world()
    const heard: unknown[] = []
    client.channel('orders.1').subscribe((event) => heard.push(bodyOf(event)))
    let rounds = 0
    client.unacked('orders.2').subscribe(({ redelivered }) => {
      rounds = redelivered
    })
    await client.view()
    await publish(1)
    await publish(2)
    // Another one is never acknowledged, and shows that the time to acknowledge was over twice.
    await publish('other', 'orders.2')
    await until(() => rounds === 2)
    expect(heard).toEqual([1, 2])
  })

  it('waits for the promise that its callback returned, and does not call it again meanwhile', async () => {
    const { client, publish } = await world()
    const heard: unknown[] = []
    let finish: (() => void) | undefined
    let again = 0
    const slow = new Promise<void>((resolve) => {
      finish = resolve
    })
    client.channel('orders.#').subscribe(async (event) => {
      heard.push(bodyOf(event))
      await slow
    })
    client.unacked('orders.#').subscribe(({ redelivered, ack }) => {
      again = redelivered
      if (redelivered >= 2) ack()
    })
    await client.view()
    await publish('once')
    await until(() => again >= 2)
    finish?.()
    expect(heard).toEqual(['once'])
  })

  it('does not detach a callback that throws, and hands it the event again', async () => {
    const { client, publish, errors } = await world()
    const heard: unknown[] = []
    client.channel('orders.#').subscribe((event) => {
      heard.push(bodyOf(event))
      if (heard.length < 3) throw new Error(`not yet: ${heard.length}`)
    })
    await client.view()
    await publish('a')
    await until(() => heard.length === 3)
    await publish('b')
    await until(() => heard.length === 4)
    expect(heard).toEqual(['a', 'a', 'a', 'b'])
    expect(errors).toEqual(['not yet: 1', 'not yet: 2'])
  })

  it('hands what one callback could not do to that one alone', async () => {
    const { client, publish } = await world()
    const good: unknown[] = []
    const bad: unknown[] = []
    client.channel('orders.#').subscribe((event) => good.push(bodyOf(event)))
    client.channel('orders.*').subscribe(async (event) => {
      if (bad.push(bodyOf(event)) < 3) throw new Error('not yet')
    })
    await client.view()
    await publish('a')
    await until(() => bad.length === 3)
    expect(good).toEqual(['a'])
  })

  it('acknowledges by hand, whatever operators stand between', async () => {
    const { client, publish } = await world()
    const batches: Unacked[][] = []
    client
      .unacked('orders.#')
      .pipe(bufferCount(2))
      .subscribe((batch) => {
        batches.push(batch)
        for (const { ack } of batch) ack()
      })
    await client.view()
    await publish('a')
    await publish('b')
    await until(() => batches.length === 1)
    expect(batches[0]?.map(({ envelope, redelivered }) => [bodyOf(envelope.event), redelivered])).toEqual([
      ['a', 0],
      ['b', 0],
    ])
  })

  it('acknowledges what a loop has gone on from', async () => {
    const { client, publish } = await world()
    const heard: unknown[] = []
    const loop = (async () => {
      for await (const event of client.channel('orders.#')) {
        heard.push(bodyOf(event))
        if (heard.length === 3) return
      }
    })()
    await client.view()
    for (const body of ['a', 'b', 'c']) await publish(body)
    await loop
    const next: unknown[] = []
    client.unacked('orders.#').subscribe(({ envelope, ack }) => {
      next.push(bodyOf(envelope.event))
      ack()
    })
    await until(() => next.length > 0)
    expect(heard).toEqual(['a', 'b', 'c'])
    expect(next).toEqual(['c'])
  })

  it('is told what was given up, and an operator finds it as a dead letter', async () => {
    const { client, publish } = await world([{ ...orders, redeliveries: 1 }])
    const losses: string[] = []
    client.losses.subscribe(({ topic, reason }) => losses.push(`${topic} ${reason}`))
    const counts: number[] = []
    client.unacked('orders.#').subscribe(({ redelivered }) => counts.push(redelivered))
    await client.view()
    await publish('poison')
    await until(() => losses.length > 0)
    expect(losses).toEqual(['orders.1 undelivered'])
    expect(counts).toEqual([0, 1])
    expect((await client.deadLetters())[0]).toMatchObject({
      reason: 'undelivered',
      to: 'ann',
      message: { topic: 'orders.1', seq: 1 },
    })
  })

  it('hears everything once and in order through a network that cuts each connection after so many bytes', async () => {
    const { bridge, publish, token } = await world([{ ...orders, delivery: 'exactly-once', ackTimeout: 10_000 }])
    const proxy = await cuttingProxy(bridge.port, 4_000)
    open.push(proxy.close)
    const client = connect(proxy.url, { token, onError: () => {}, reconnect: { delays: [0, 5] } })
    open.push(() => client.stop())
    const heard: unknown[] = []
    client.channel('orders.#').subscribe(async (event) => {
      heard.push(bodyOf(event))
      await Promise.resolve()
    })
    await until(() => client.connected.status === 'open')
    await client.view()
    for (let count = 0; count < 300; count++) {
      await publish(count)
      if (count % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => heard.length >= 300)
    expect(heard).toEqual(Array.from({ length: 300 }, (_, count) => count))
    expect(proxy.cuts).toBeGreaterThan(5)
    expect(await client.deadLetters()).toEqual([])
  }, 30_000)
})
