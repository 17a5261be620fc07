/** The trace of a client of another protocol, where that has room for it. */
import { describe, expect, it } from 'vitest'
import type { Envelope } from '../../../src/protocol/envelope.js'
import { openclawWorld } from '../../kit/openclaw.js'
import { allFit, team } from '../../kit/team-dashboard.js'

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

describe('a traceparent in the metadata of a message', () => {
  it('of OpenClaw is that of what comes of it, and comes back with the events', async () => {
    const { dashboard, system } = await openclawWorld()
    const { one, ask } = await dashboard({ permissions: ['admin'] })
    await ask('subscribe', { channels: ['agent.mia'] })
    const told: Envelope[] = []
    system.channel('agent.#').envelopes.subscribe((envelope) => told.push(envelope))
    await ask('request', { action: 'spawn_agent', data: { name: 'mia', kind: 'planner' } }, { metadata: { traceparent } })
    expect(told[0]?.cause).toMatchObject({ traceparent })
    const broadcast = await one.until(({ channel }) => channel === 'agent.mia', 'a broadcast')
    expect(broadcast['metadata']).toMatchObject({ traceparent })
  })

  it('of a Team Dashboard is that of what comes of it', async () => {
    const { dashboard, ask, system } = await team()
    const { one } = await dashboard({ permissions: ['admin'] })
    const told: Envelope[] = []
    system.channel('agent.#').envelopes.subscribe((envelope) => told.push(envelope))
    const create = { name: 'Ada', model: 'claude-3-opus', workspace: process.cwd() }
    await ask(one, 'agent:create', create, { traceparent })
    await ask(one, 'agent:create', create, { traceparent: 'nonsense' })
    const spawned = told.filter(({ event }) => event.type === 'agent.spawned')
    expect(spawned.map(({ cause }) => cause?.traceparent)).toEqual([traceparent, undefined])
    await ask(one, 'subscribe:agent', {}, { traceparent })
    allFit(one)
  })
})
