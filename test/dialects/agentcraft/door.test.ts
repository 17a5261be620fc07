/** Who is let in, under which name, and what they may see. */
import { describe, expect, it } from 'vitest'
import { agent, swarm } from '../../../actors/index.js'
import { secret } from '../../kit/world.js'
import { agentcraftWorld, part } from './dashboard.js'

const calm = agent('calm', { hears: {}, on: {} })

describe('a client id', () => {
  it.each(['client_1642678200123_k3j2h1', 'a', 'A-b_9', 'x'.repeat(128)])('%s is welcome, on both paths', async (id) => {
    const { connect } = await agentcraftWorld()
    for (const path of ['/ws/agent-tracking', '/api/ws/agent-tracking'])
      await (await connect(id, { path })).type('active_sessions')
  })

  it.each(['', 'a.b', 'a%20b', 'x'.repeat(129), '%F0%9F%92%A9'])('“%s” is closed with 1008', async (id) => {
    const { connect } = await agentcraftWorld()
    const one = await connect(id)
    expect(await one.ended).toEqual({ code: 1008, reason: 'Invalid client ID' })
    expect(one.frames).toEqual([])
  })

  it('belongs to the newest connection; the older is closed with 1008 and the reason', async () => {
    const { connect, dashboard } = await agentcraftWorld()
    const older = await dashboard('same')
    const other = await dashboard('other')
    const newer = await connect('same', { path: '/api/ws/agent-tracking' })
    expect(await older.ended).toEqual({ code: 1008, reason: 'A newer connection is called same; only the newest stays.' })
    await newer.type('active_sessions')
    for (const one of [newer, other]) {
      one.say({ type: 'get_session_state', session_id: 'x' })
      await one.type('session_not_found')
    }
  })

  it('is a name for each principal: nobody closes the connection of somebody else with it', async () => {
    const { connect, token } = await agentcraftWorld({ auth: true, secret })
    const as = async (sub: string) => connect('same', { query: `?token=${await token({ sub })}` })
    const ann = await as('ann')
    await ann.type('active_sessions')
    const bob = await as('bob')
    await bob.type('active_sessions')
    const again = await as('ann')
    expect((await ann.ended).code).toBe(1008)
    for (const one of [bob, again]) {
      one.say({ type: 'get_session_state', session_id: 'x' })
      await one.type('session_not_found')
    }
  })

  it('and the paths can be others', async () => {
    const settings = { paths: ['/track/:id'], clientId: /^client_\d+_[a-z0-9]+$/ }
    const { connect } = await agentcraftWorld({}, settings)
    await (await connect('client_1_a', { path: '/track' })).type('active_sessions')
    expect((await (await connect('me', { path: '/track' })).ended).code).toBe(1008)
    await expect(connect('client_1_a')).rejects.toThrow('400')
  })
})

describe('a token', () => {
  it('is taken from the query or the header; without one the connection is refused with a sentence', async () => {
    const { connect, token } = await agentcraftWorld({ auth: true, secret })
    await (await connect('query', { query: `?token=${await token()}` })).type('active_sessions')
    await (await connect('header', { headers: { authorization: `Bearer ${await token()}` } })).type('active_sessions')
    for (const query of ['', '?token=nonsense']) {
      const one = await connect('nobody', { query })
      expect((await one.ended).code).toBe(4401)
      expect(one.frames.map(({ type }) => type)).toEqual(['error'])
    }
  })

  it('limits what is seen: sessions, agents, output and lines alike', async () => {
    const { system, connect, token } = await agentcraftWorld({ auth: true, secret })
    for (const id of ['mine', 'theirs']) {
      system.spawn(calm, { id: `agent-${id}` })
      system.spawn(swarm({ id, goal: id, members: [`agent-${id}`] }))
    }
    const read = ['swarm.mine.status', 'agent.agent-mine.#']
    const query = `?token=${await token({ permissions: ['read'], channels: { read } })}`
    const one = await connect('narrow', { query })
    const first = await one.type('active_sessions')
    expect(part(first, 'data', 'sessions')).toMatchObject([{ session_id: 'mine' }])
    one.say({ type: 'get_session_state', session_id: 'theirs' })
    await one.type('session_not_found')
    one.say({ type: 'get_session_logs', session_id: 'mine' })
    expect(await one.type('session_logs')).toMatchObject({ logs: [] })
    await system.agent('agent-theirs').pause()
    await system.agent('agent-mine').pause()
    const status = await one.type('agent_status')
    expect(status).toMatchObject({ agent_id: 'agent-mine', message: 'Paused.' })
  })
})

describe('the end', () => {
  it('is a close with 1012 when the bridge goes away', async () => {
    const { bridge, dashboard } = await agentcraftWorld()
    const one = await dashboard()
    await bridge.close({ reason: 'a new version' })
    expect(await one.ended).toEqual({ code: 1012, reason: 'a new version' })
  })

  it('of one connection is not the end of what a client knows: it comes back and is told anew', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const one = await dashboard('client')
    await one.close()
    system.spawn(swarm({ id: 'meanwhile', goal: 'x' }))
    const again = await dashboard('client')
    expect(part(again.frames[0], 'data', 'sessions')).toMatchObject([{ session_id: 'meanwhile' }])
  })
})
