/** From where a session goes on: after the last message that the client names, whichever it was, nothing lost and nothing twice. */
import { describe, expect, it } from 'vitest'
import { teamDashboard } from '../../../bridge/dialects/team-dashboard/index.js'
import type { Dialect } from '../../../bridge/index.js'
import type { Priority } from '../../../src/protocol/priority.js'
import type { Plain } from '../../kit/plain.js'
import { settle } from '../../kit/quiet.js'
import { bench } from '../../kit/socket.js'
import { allFit, ofAgent, team } from '../../kit/team-dashboard.js'
import { odd } from '../../kit/world.js'

const statuses = (one: Plain) => ofAgent(one, 'agent:status').map(({ status }) => status)

/** Dashboards without a port that listen to the agents `o` and `p`. */
const onBench = async () => {
  const at = bench()
  for (const id of ['o', 'p']) await at.system.spawn(odd, { id }).ready
  let order = 0
  const print = (priority?: Priority, id = 'o') => {
    const data = `${++order}`
    at.system.announce({ type: 'agent.output', id, stream: 'stdout', data, sequence: order, order }, id, undefined, priority)
  }
  const enter = async (more: object = {}) => {
    const open = at.open({ dialect: teamDashboard as Dialect })
    const ask = async (type: string, payload: object = {}) => {
      const id = open.say(type, payload)
      return open.wire.until((frame) => frame.type === 'pong' || frame.payload['messageId'] === id)
    }
    const { payload } = await ask('auth', { token: 't', clientId: 'dash', ...more })
    const printed = () => open.wire.ofType('agent:output').map((frame) => frame.payload['data'])
    return { ...open, ask, printed, session: payload['sessionId'], missed: payload['missed'] }
  }
  const listening = async () => {
    const one = await enter()
    await one.ask('subscribe:agent')
    return one
  }
  return { ...at, print, enter, listening }
}

describe('a session that goes on after an ack', () => {
  it('is sent what came after it, and not what came before it', async () => {
    const { print, enter, listening } = await onBench()
    const first = await listening()
    print()
    await settle()
    const known = await first.ask('subscribe:agent', { agentId: 'o' })
    print()
    print()
    await settle()
    first.connection.closed()
    print()
    const again = await enter({ sessionId: first.session, lastMessageId: known.id })
    expect([again.missed, again.printed()]).toEqual([3, ['2', '3', '4']])
  })

  it('is not sent again what the resumed connection before was sent as missed', async () => {
    const { print, enter, listening } = await onBench()
    const first = await listening()
    first.connection.closed()
    print()
    print()
    const second = await enter({ sessionId: first.session })
    expect(second.printed()).toEqual(['1', '2'])
    const known = await second.ask('subscribe:agent', { agentId: 'o' })
    second.connection.closed()
    print()
    const third = await enter({ sessionId: first.session, lastMessageId: known.id })
    expect([third.missed, third.printed()]).toEqual([1, ['3']])
  })

  it('is sent all that was missed, where it knows no more than the ack of its auth', async () => {
    const { print, enter, listening } = await onBench()
    const first = await listening()
    first.connection.closed()
    print()
    const second = await enter({ sessionId: first.session })
    const [ack] = second.wire.frames
    second.connection.closed()
    const third = await enter({ sessionId: first.session, lastMessageId: ack?.id })
    expect([third.missed, third.printed()]).toEqual([1, ['1']])
  })

  it('is sent what a pong, or an error, has passed on its way', async () => {
    const { print, enter, listening } = await onBench()
    for (const [type, is] of [
      ['ping', 'pong'],
      ['nonsense', 'error'],
    ] as const) {
      const first = await listening()
      // In one turn: what is about the connection leaves first.
      print()
      first.say(type)
      await settle()
      const types = first.wire.frames.map((frame) => frame.type)
      expect(types.indexOf(is)).toBeLessThan(types.indexOf('agent:output'))
      const [passing] = first.wire.ofType(is)
      const lost = first.printed()
      first.connection.closed()
      const again = await enter({ sessionId: first.session, lastMessageId: passing?.id })
      expect(again.printed()).toEqual(lost)
      again.connection.closed()
    }
  })
})

describe('a session that goes on after an event', () => {
  it('is sent all that came before it was known too, however urgent that was', async () => {
    const { print, enter, listening } = await onBench()
    const first = await listening()
    print()
    first.wire.buffered = 2_000_000
    print('low')
    print('critical', 'p')
    print('normal')
    first.wire.buffered = 0
    first.connection.drained()
    await settle()
    expect(first.printed()).toEqual(['1', '2', '3', '4'])
    const [, second] = first.wire.ofType('agent:output')
    first.connection.closed()
    const again = await enter({ sessionId: first.session, lastMessageId: second?.id })
    expect(again.printed()).toEqual(['3', '4'])
  })
})

describe('the status of an agent', () => {
  it('after a session went on is the one that it has now', async () => {
    const { dashboard, ask, system } = await team()
    const agent = system.spawn(odd, { id: 'o' })
    await agent.ready
    const first = await dashboard()
    await ask(first.one, 'subscribe:agent', { agentId: 'o' })
    await agent.pause()
    const known = await first.one.until(({ payload }) => payload['status'] === 'paused')
    await first.one.close()
    await agent.resume()
    await agent.pause()
    await agent.resume()
    const { one } = await dashboard({}, { sessionId: first.session, lastMessageId: known['id'] })
    one.say({ id: 'p', type: 'ping', payload: {} })
    await one.type('pong')
    expect(statuses(one)).toEqual(['running', 'paused', 'running'])
    await agent.pause()
    await one.until(() => statuses(one).length === 4, 'the next status')
    expect(statuses(one).at(-1)).toBe('paused')
    allFit(one)
  })

  it('is told again where the client did not come to know it', async () => {
    const { dashboard, ask, system } = await team()
    const agent = system.spawn(odd, { id: 'o' })
    await agent.ready
    const first = await dashboard()
    await ask(first.one, 'subscribe:agent', { agentId: 'o' })
    await agent.pause()
    const known = await first.one.until(({ payload }) => payload['status'] === 'paused')
    await agent.resume()
    await first.one.until(({ payload }) => payload['status'] === 'running')
    await first.one.close()
    const { one } = await dashboard({}, { sessionId: first.session, lastMessageId: known['id'] })
    await one.type('agent:status')
    expect(statuses(one)).toEqual(['running'])
  })
})
