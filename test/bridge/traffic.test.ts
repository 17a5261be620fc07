/** What is counted at the door. */
import { describe, expect, it } from 'vitest'
import { Traffic } from '../../bridge/traffic.js'
import { createManualClock } from '../../src/clock.js'
import { jsonCodec } from '../../src/codec/json.js'
import { setUp } from '../kit/world.js'

const counting = () => {
  const clock = createManualClock()
  return { clock, traffic: new Traffic(clock) }
}

const none = { p50: 0, p90: 0, p95: 0, p99: 0, max: 0 }

describe('traffic', () => {
  it('has no news before there is any', () => {
    expect(counting().traffic.facts()).toEqual({
      connections: {
        totalConnections: 0,
        activeConnections: 0,
        connectionsPerSecond: 0,
        averageConnectionDuration: 0,
        disconnectionReasons: {},
        refused: {},
      },
      messages: {
        messagesPerSecond: 0,
        averageMessageSize: 0,
        messageLatency: none,
        deliveryLatency: none,
        errorRate: 0,
        deliveryRate: 1,
        messagesByType: {},
        lateAnswers: 0,
      },
    })
  })

  it('counts connections, how long they were, and why they ended', () => {
    const { traffic } = counting()
    for (let at = 0; at < 3; at++) traffic.opened()
    traffic.closed('normal', 100)
    traffic.closed('lost', 300)
    expect(traffic.facts().connections).toMatchObject({
      totalConnections: 3,
      activeConnections: 1,
      averageConnectionDuration: 200,
      disconnectionReasons: { normal: 1, lost: 1 },
    })
  })

  it('tells rates of the last ten seconds, or of the time there was', async () => {
    const { traffic, clock } = counting()
    for (let at = 0; at < 8; at++) traffic.received(50, 'native')
    expect(traffic.facts().messages).toMatchObject({ messagesPerSecond: 8, averageMessageSize: 50 })
    await clock.advance(3_000)
    expect(traffic.facts().messages.messagesPerSecond).toBe(2)
    await clock.advance(6_000)
    expect(traffic.facts().messages.messagesPerSecond).toBe(0.8)
    await clock.advance(1_000)
    expect(traffic.facts().messages.messagesPerSecond).toBe(0)
    traffic.received(50, 'native')
    expect(traffic.facts().messages.messagesPerSecond).toBe(0.1)
  })

  it('tells latencies of the last one to two minutes, and refusals of the last 1,024 answers', async () => {
    const { traffic, clock } = counting()
    for (let at = 0; at < 500; at++) traffic.answered('view.get', 9_000, false)
    await clock.advance(60_000)
    traffic.answered('view.get', 1, true)
    // The histogram keeps three digits.
    expect(Math.abs(traffic.facts().messages.messageLatency.max - 9_000)).toBeLessThan(10)
    await clock.advance(120_000)
    for (let at = 1_024; at > 0; at--) traffic.answered('view.get', at, at % 4 > 0)
    expect(traffic.facts().messages).toMatchObject({
      messageLatency: { p50: 512, p90: 922, p95: 973, p99: 1_014, max: 1_024 },
      errorRate: 0.25,
    })
  })

  it('tells what share of the events came through', () => {
    const { traffic } = counting()
    traffic.delivered(6)
    traffic.dropped(1, 'overflow')
    traffic.dropped(1, 'expired')
    traffic.late()
    expect(traffic.facts().messages).toMatchObject({ deliveryRate: 0.75, lateAnswers: 1 })
  })

  it('tells how long events were on their way, and forgets it when nothing is', async () => {
    const { traffic, clock } = counting()
    for (let at = 1; at <= 100; at++) traffic.waited(at, clock.now())
    expect(traffic.facts().messages.deliveryLatency).toEqual({ p50: 50, p90: 90, p95: 95, p99: 99, max: 100 })
    await clock.advance(120_000)
    expect(traffic.facts().messages.deliveryLatency).toEqual(none)
  })

  it('tells 200 types and reasons apart, however many a peer invents', () => {
    const { traffic } = counting()
    for (let at = 0; at < 1_000; at++) {
      traffic.heard(`type-${at}`, true)
      traffic.heard('type-0', true)
      traffic.closed(`code-${3_000 + at}`, 0)
    }
    traffic.closed('too-large', 0)
    traffic.closed('code-1011', 0)
    const { connections, messages } = traffic.facts()
    expect(Object.keys(messages.messagesByType)).toHaveLength(201)
    expect(messages.messagesByType).toMatchObject({ 'type-0': 1_001, other: 800 })
    expect(connections.disconnectionReasons).toMatchObject({ other: 800, 'too-large': 1, 'code-1011': 1 })
  })

  it('has no place for types that nobody understands, however they are called', () => {
    const { traffic } = counting()
    for (let at = 0; at < 300; at++) traffic.heard(`type-${at}`, false)
    traffic.heard('agent.spawn', true)
    traffic.heard('agent.spawn', false)
    expect(traffic.facts().messages.messagesByType).toEqual({ other: 300, 'agent.spawn': 2 })
  })

  it('repeats no type that no codec writes, or that is long or odd: what one client says must not keep the figures from all others', () => {
    const { traffic } = counting()
    for (const type of ['constructor', '__proto__', 'prototype', 'x'.repeat(65), 'a b', 'a\n', '', 'agent:command'])
      traffic.heard(type, true)
    expect(traffic.facts().messages.messagesByType).toEqual({ other: 7, 'agent:command': 1 })
    expect(() => jsonCodec.encode(traffic.facts())).not.toThrow()
  })
})

describe('the traffic of a bridge', () => {
  const facts = async (asker: { ask(type: string): Promise<{ payload: object }> }) =>
    ((await asker.ask('metrics.get')).payload as { traffic: ReturnType<Traffic['facts']> }).traffic

  it('is not what strangers call things: their types and close codes push no other out', async () => {
    const { client, welcome } = await setUp()
    for (let at = 0; at < 210; at++) {
      const one = await client()
      one.say(`type-${at}`)
      await one.closed
      const two = await client()
      two.socket.close(3_000 + at)
      await two.closed
    }
    const one = await welcome()
    const two = await welcome()
    two.socket.close(1000)
    await two.closed
    await one.ask('agent.pause', { id: 'nobody' })
    let { connections, messages } = await facts(one)
    while (connections.activeConnections > 1) ({ connections, messages } = await facts(one))
    expect(connections.disconnectionReasons).toMatchObject({ normal: 1, unauthorized: 210 })
    expect(messages.messagesByType).toMatchObject({ 'agent.pause': 1, hello: 2, other: 210 })
    expect(Object.keys(messages.messagesByType).filter((type) => type.startsWith('type-'))).toEqual([])
  })

  it('is what its clients did', async () => {
    const { client, welcome, token } = await setUp()
    const one = await welcome()
    const two = await client()
    await two.hello({ token: await token() })
    await two.ask('agent.spawn', { definition: 'odd', id: 'ada' })
    await two.ask('agent.pause', { id: 'nobody' })
    const three = await client()
    await three.hello({ token: 'not one' })
    await Promise.all([three.closed, two.close()])
    await one.ask('subscribe', { patterns: ['client.*.status'] })
    // The bridge may see the end of a connection after its client did.
    let { connections, messages } = await facts(one)
    while (connections.activeConnections > 1) ({ connections, messages } = await facts(one))
    expect(connections).toMatchObject({ totalConnections: 3, activeConnections: 1 })
    expect(connections.disconnectionReasons).toEqual({ unauthorized: 1, 'no-status': 1 })
    expect(connections.connectionsPerSecond).toBeGreaterThan(0)
    expect(messages.messagesByType).toMatchObject({ 'agent.spawn': 1, 'agent.pause': 1 })
    expect(messages.averageMessageSize).toBeGreaterThan(20)
    expect(messages.errorRate).toBeGreaterThan(0)
    expect(messages.errorRate).toBeLessThan(1)
    expect(messages.deliveryRate).toBe(1)
    expect(messages.lateAnswers).toBe(0)
  })

  it('has the answers that nobody waited for any more', async () => {
    const { welcome } = await setUp()
    const one = await welcome()
    const two = await welcome()
    await one.ask('agent.spawn', { definition: 'odd', id: 'ada' })
    const asked = two.say('agent.ask', { to: 'ada', message: { type: 'slow' } })
    await two.until(({ type, correlationId }) => type === 'accepted' && correlationId === asked)
    await two.close()
    await one.ask('agent.stop', { id: 'ada', force: true })
    expect((await facts(one)).messages.lateAnswers).toBe(1)
  })

  it('is told to who listens, at once', async () => {
    const { welcome } = await setUp()
    const one = await welcome()
    await one.ask('subscribe', { patterns: ['system.traffic'] })
    const { payload } = await one.until(({ type }) => type === 'system.traffic')
    expect(payload).toMatchObject({ connections: { totalConnections: 1, activeConnections: 1 } })
  })
})
