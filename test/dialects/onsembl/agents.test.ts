import { describe, expect, it } from 'vitest'
import { agent, shell } from '../../../actors/index.js'
import { onsembl } from '../../../bridge/dialects/onsembl/index.js'
import { anybody } from '../../../bridge/token.js'
import { settle } from '../../kit/quiet.js'
import { bench } from '../../kit/socket.js'
import { patient } from './agents.js'
import { allFit, type Dashboard, onsemblWorld } from './dashboard.js'

const fragile = agent('fragile', {
  hears: { fall: {} },
  on: {
    fall: () => {
      throw new Error('it fell')
    },
  },
})

const statuses = (one: Dashboard, id: string) =>
  one
    .all('agent:status')
    .filter(({ agentId }) => agentId === id)
    .map(({ status }) => status)

describe('an agent', () => {
  it('that comes is told to all dashboards, and listed', async () => {
    const { system, dashboard } = await onsemblWorld()
    const [one, two] = [await dashboard(), await dashboard({ sub: 'bob' })]
    system.spawn(shell, { id: 'agent-1' })
    for (const each of [one, two]) {
      await each.until(() => each.all('agent:list').length === 2)
      expect(each.all('agent:list').at(-1)).toMatchObject({ agents: [{ agentId: 'agent-1', status: 'online' }] })
      expect(each.all('agent:status')).toEqual([{ agentId: 'agent-1', agentType: 'claude', status: 'online' }])
      allFit(each)
    }
  })

  it('that goes is offline, and no longer listed', async () => {
    const { system, dashboard } = await onsemblWorld()
    system.spawn(shell, { id: 'agent-1' })
    const one = await dashboard()
    await system.agent('agent-1').stop()
    await one.until(() => one.all('agent:list').length === 2)
    expect(one.all('agent:list').at(-1)).toEqual({ agents: [] })
    expect(statuses(one, 'agent-1').at(-1)).toBe('offline')
  })

  it('is busy while it works, and online again', async () => {
    const { system, dashboard } = await onsemblWorld()
    system.spawn(shell, { id: 'agent-1' })
    const one = await dashboard()
    await one.end(await one.run('agent-1', 'true'))
    await one.payload('agent:status', ({ status }) => status === 'online')
    expect(statuses(one, 'agent-1')).toEqual(['busy', 'online'])
  })

  it('that crashes is offline until it is there again, and stays listed', async () => {
    const { system, dashboard } = await onsemblWorld()
    system.spawn(fragile, { id: 'agent-1' })
    const one = await dashboard()
    system.agent('agent-1').send({ type: 'fall' })
    await one.payload('agent:status', ({ status }) => status === 'online')
    expect(statuses(one, 'agent-1')).toEqual(['offline', 'online'])
    expect(one.all('agent:list').length).toBe(1)
  })

  it('that is paused is online', async () => {
    const { system, dashboard } = await onsemblWorld()
    system.spawn(patient, { id: 'agent-1' })
    const one = await dashboard()
    await one.run('agent-1', 'wait')
    await one.payload('agent:status', ({ status }) => status === 'busy')
    await system.agent('agent-1').freeze()
    await one.payload('agent:status', ({ status }) => status === 'online')
    await system.agent('agent-1').resume()
    await one.until(() => statuses(one, 'agent-1').length === 3)
    expect(statuses(one, 'agent-1')).toEqual(['busy', 'online', 'busy'])
  })

  it('says its type, its version and its platform in its metadata, and what it is capable of', async () => {
    const { system, dashboard } = await onsemblWorld({}, { agentType: 'codex' })
    const metadata = { agentType: 'gemini', version: '2.1', platform: 'linux', secret: 'not told' }
    system.spawn(shell, { id: 'agent-1', metadata, capabilities: ['french'] })
    const one = await dashboard()
    await one.run('agent-1', 'true')
    expect(await one.type('agent:status')).toMatchObject({
      payload: {
        ...{ agentId: 'agent-1', agentType: 'gemini', status: 'busy' },
        ...{ capabilities: ['french'], metadata: { version: '2.1', platform: 'linux' } },
      },
    })
    system.spawn(shell, { id: 'agent-2', metadata: { agentType: 'another' } })
    const other = await one.payload('agent:status', ({ agentId }) => agentId === 'agent-2')
    expect(other).toEqual({ agentId: 'agent-2', agentType: 'codex', status: 'online' })
    allFit(one)
  })
})

/** A dashboard on a clock that moves when told. */
const still = async (settings: Parameters<typeof onsembl>[0] = {}, limits: Parameters<typeof bench>[0] = {}) => {
  const at = bench(limits)
  const { wire, say, connection } = at.open({ dialect: onsembl(settings), admitted: anybody })
  await settle()
  const lists = () => wire.ofType('agent:list').map(({ payload }) => payload as { agents: { agentId: string }[]; total?: number })
  return { ...at, wire, say, connection, lists }
}

describe('changes of who is there', () => {
  it('are told of each agent at once, and as one list within 50 ms', async () => {
    const { system, clock, wire, lists } = await still()
    for (let at = 0; at < 100; at++) system.spawn(patient, { id: `a${at}` })
    await settle()
    // The clock stands: whatever is told now is told within 100 ms of the change.
    expect(wire.ofType('agent:status').length).toBe(100)
    expect(lists().length).toBe(1)
    await clock.advance(50)
    await settle()
    expect(lists().length).toBe(2)
    expect(lists()[1]?.agents.length).toBe(100)
    await clock.advance(1_000)
    expect(lists().length).toBe(2)
  })

  it('name the agents that did something last, where there are too many, and say how many there are', async () => {
    const { system, clock, lists } = await still({ listed: 2 })
    for (let at = 0; at < 3; at++) {
      system.spawn(patient, { id: `a${at}` })
      await clock.advance(10)
    }
    await clock.advance(100)
    await settle()
    expect(lists().at(-1)).toMatchObject({ total: 3, agents: [{ agentId: 'a2' }, { agentId: 'a1' }] })
  })

  it('wait for a dashboard that does not read, and are then told as they are', async () => {
    const { system, clock, wire, connection, lists } = await still()
    wire.buffered = 10_000_000
    system.spawn(patient, { id: 'a1' })
    await clock.advance(50)
    system.spawn(patient, { id: 'a2' })
    await clock.advance(1_000)
    expect(lists().length).toBe(1)
    wire.buffered = 0
    connection.drained()
    await settle()
    await clock.advance(50)
    await settle()
    expect(
      lists()
        .slice(1)
        .map(({ agents }) => agents.length),
    ).toEqual([2])
  })
})

describe('what a dashboard that reads too slowly missed', () => {
  it('is told as it is now', async () => {
    const { system, wire, connection } = await still({}, { limits: { outbox: { messages: 2, bytes: 1_000_000 } } })
    system.spawn(patient, { id: 'a1' })
    await settle()
    wire.buffered = 10_000_000
    const { frames } = wire
    const from = frames.length
    system.spawn({ kind: 'task', id: 't1', to: 'a1', message: { type: 'run', command: 'one' } })
    system.spawn({ kind: 'task', id: 't2', to: 'a1', message: { type: 'run', command: 'two' } })
    await settle()
    await system.task('t1').cancel()
    await settle()
    wire.buffered = 0
    connection.drained()
    await settle()
    const told = frames.slice(from)
    const last = (type: string, fits: (payload: Readonly<Record<string, unknown>>) => boolean) =>
      told.filter((frame) => frame.type === type && fits(frame.payload)).at(-1)?.payload
    expect(last('command:status', ({ commandId }) => commandId === 't1')).toMatchObject({ status: 'interrupted' })
    expect(last('agent:status', () => true)).toMatchObject({ agentId: 'a1', status: 'busy' })
    expect(last('command:queue', () => true)).toEqual({ agentId: 'a1', queue: [] })
    allFit({ frames: frames as never })
  })
})
