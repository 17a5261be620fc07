/** Six dashboards, one swarm: what one of them does is seen by the others, each in its own words, in the same order. */
import { describe, expect, it } from 'vitest'
import { agent, shell, swarm } from '../../actors/index.js'
import { checkRepository } from '../../examples/ci/index.js'
import { repository } from '../kit/command.js'
import { type Driver, drivers } from '../kit/drivers.js'
import type { Frame, Plain } from '../kit/plain.js'
import { open, setUp } from '../kit/world.js'

type Name = 'native' | 'openclaw' | 'team-dashboard' | 'onsembl' | 'agentcraft' | 'claude-flow'
type Six = Readonly<Record<Name, { readonly driver: Driver; readonly one: Plain }>>

/** A voter that has no opinion of its own. */
const voter = agent('voter', { hears: { think: {} }, on: { think: () => {} } })

const six = async () => {
  const world = await setUp({ spawnable: [shell, voter] })
  const { system, bridge, token } = world
  const sh = system.spawn(shell, { id: 'sh' })
  const voters = ['v1', 'v2', 'v3'].map((id) => system.spawn(voter, { id }))
  const crew = system.spawn(swarm({ id: 'crew', goal: 'six', members: [sh, ...voters] }))
  await Promise.all([sh, crew, ...voters].map(({ ready }) => ready))
  const entries = await Promise.all(
    drivers.map(async (driver) => {
      const one = await driver.enter(bridge.url, await token({ sub: driver.name, agents: ['*'] }))
      open.push(() => one.close())
      await driver.listen(one, 'sh')
      return [driver.name, { driver, one }] as const
    }),
  )
  // One for each name of the list of drivers.
  return { ...world, crew, all: Object.fromEntries(entries) as unknown as Six }
}

const payload = (frame: Frame, name: string): Frame => (frame.payload?.[name] ?? {}) as Frame

/** The text that a frame carries of what an agent printed, in each protocol's words. */
const printed: Readonly<Record<Name, (frame: Frame) => unknown>> = {
  native: ({ type, payload: { data } }) => (type === 'task.output' ? data : undefined),
  openclaw: (frame) => (frame.payload['event'] === 'task_output' ? payload(frame, 'data')['output'] : undefined),
  'team-dashboard': ({ type, payload: { data } }) => (type === 'agent:output' ? data : undefined),
  onsembl: ({ type, payload: { data } }) => (type === 'terminal:output' ? data : undefined),
  agentcraft: () => undefined,
  'claude-flow': () => undefined,
}

const prints = (name: Name, one: Plain) => one.frames.map((frame) => printed[name](frame)).filter((text) => text !== undefined)

describe('six dashboards', () => {
  it('see what each of them has an agent do', async () => {
    const { all } = await six()
    const commanding = ['native', 'openclaw', 'team-dashboard', 'onsembl'] as const
    for (const name of commanding) all[name].driver.command?.(all[name].one, 'sh', `echo from ${name}`)
    for (const seer of commanding)
      for (const name of commanding)
        await all[seer].one.until((frame) => printed[seer](frame) === `from ${name}\n`, `${seer} to see ${name}`)
    const order = prints('native', all.native.one)
    expect([...order].sort()).toEqual(commanding.map((name) => `from ${name}\n`).sort())
    for (const seer of commanding) expect(prints(seer, all[seer].one)).toEqual(order)
    // Those without a word for output see that the agent was at it, and with what.
    await all.agentcraft.one.until((frame) => all.agentcraft.driver.tells(frame, 'sh'))
    const flow = all['claude-flow'].one
    await flow.until(
      () => flow.frames.filter(({ topic }) => /^task\..+\.completed$/.test(String(topic))).length === 4,
      'four ends',
    )
  })

  it('see the states of one task in the same order', async () => {
    const { all } = await six()
    all.onsembl.driver.command?.(all.onsembl.one, 'sh', 'exit 3')
    const ended = await all.onsembl.one.until(({ type, payload: { status } }) => type === 'command:status' && status === 'failed')
    const id = ended.payload['commandId']
    expect(ended.payload).toMatchObject({ exitCode: 3 })
    const seen = (one: Plain, of: (frame: Frame) => unknown) => one.frames.map(of).filter((state) => state !== undefined)
    await all.native.one.until(
      ({ type, payload: { id: task, state } }) => type === 'task.status' && task === id && state === 'failed',
    )
    await all.openclaw.one.until(
      ({ type, payload: { taskId, status } }) => type === 'task_status_change' && taskId === id && status === 'failed',
    )
    expect(
      seen(all.native.one, ({ type, payload: { id: task, state } }) =>
        type === 'task.status' && task === id ? state : undefined,
      ),
    ).toEqual(['queued', 'assigned', 'running', 'failed'])
    expect(
      seen(all.openclaw.one, ({ payload: { event, taskId, status } }) =>
        event === 'task_status_change' && taskId === id ? status : undefined,
      ),
    ).toEqual(['pending', 'assigned', 'in_progress', 'failed'])
    expect(
      seen(all.onsembl.one, ({ type, payload: { commandId, status } }) =>
        type === 'command:status' && commandId === id ? status : undefined,
      ),
    ).toEqual(['queued', 'running', 'failed'])
    await all['claude-flow'].one.until(
      ({ topic, data }) => topic === `task.${id}.completed` && (data as Frame)['status'] === 'failed',
    )
  })

  it('see the check of a repository from its first task to its end', { timeout: 60_000 }, async () => {
    const { all, system } = await six()
    const repo = repository({ 'package.json': JSON.stringify({ name: 'x', scripts: { test: 'echo checked' } }) })
    const watching = all.native.one
    const check = await checkRepository(system, { repo, install: false })
    const { decision } = await check.report
    expect(decision).toBe('accept')
    const { id } = check.swarm
    for (const name of ['native', 'openclaw', 'onsembl'] as const)
      await all[name].one.until((frame) => String(printed[name](frame)).includes('checked'), `${name} to see the output`)
    await all.agentcraft.one.until(
      ({ type, session_id: session }) => type === 'session_completed' && session === id,
      'the end of the session',
    )
    expect(watching.frames.some(({ type }) => type === 'task.created')).toBe(true)
  })

  it('vote from one of them: the votes are counted, and all that have a word for it hear the result', async () => {
    const { all } = await six()
    const flow = all['claude-flow'].one
    const native = all.native.one
    native.say({ id: 's', type: 'subscribe', payload: { patterns: ['ballot.#'] } })
    await native.until(({ correlationId }) => correlationId === 's')
    const publish = (data: object) =>
      flow.say({
        id: `c${JSON.stringify(data).length}`,
        type: 'publish',
        version: '1.0.0',
        timestamp: 1,
        topic: 'swarm.crew.consensus',
        data,
        broadcast: true,
      })
    flow.say({ id: 'sub', type: 'subscribe', version: '1.0.0', timestamp: 1, topics: ['swarm.crew.consensus'] })
    await flow.until(({ messageId }) => messageId === 'sub')
    publish({ swarmId: 'crew', proposalId: 'p1', type: 'proposed', proposal: { action: 'ship' }, timestamp: 1 })
    await native.until(({ type, payload: { id } }) => type === 'ballot.opened' && id === 'p1')
    for (const [id, vote] of [
      ['v1', 'yes'],
      ['v2', 'yes'],
      ['v3', 'yes'],
    ] as const)
      publish({ swarmId: 'crew', proposalId: 'p1', type: 'voting', votes: [{ agentId: id, vote }], timestamp: 1 })
    const result = await flow.until(
      ({ type, data }) => type === 'event' && (data as Frame | undefined)?.['type'] === 'accepted',
      'the result',
    )
    expect((result['data'] as Frame)['result']).toMatchObject({ accepted: true, votesAgainst: 0 })
    const closed = await native.until(({ type, payload: { state } }) => type === 'ballot.status' && state === 'closed')
    expect(closed.payload['decision']).not.toBeNull()
  })

  it('hear what one publishes on a channel of their own', async () => {
    const { all } = await six()
    const { one } = all.openclaw
    one.say({ id: 'j', type: 'subscribe', payload: { channels: ['team.blue'] } })
    await one.until(({ correlationId }) => correlationId === 'j')
    all['claude-flow'].one.say({
      id: 'p',
      type: 'publish',
      version: '1.0.0',
      timestamp: 1,
      topic: 'team.blue',
      data: { event: 'lunch', data: { at: 12 } },
    })
    const heard = await one.until(({ channel }) => channel === 'team.blue')
    expect(heard).toMatchObject({ type: 'broadcast', source: 'claude-flow', payload: { event: 'lunch', data: { at: 12 } } })
  })
})
