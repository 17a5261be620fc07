/** Who is meant: lists of targets, the member that is to do a task, and channels that let only some through. */
import { describe, expect, it } from 'vitest'
import { shell } from '../../../actors/index.js'
import { dataOf, events, fits, planner, openclawWorld as world } from '../../kit/openclaw.js'

const plan = { action: 'plan', data: { goal: 'tea' } }
const planned = { status: 'success', data: { steps: ['think of tea'] } }

describe('a request to several', () => {
  it('is answered for each by name: who is not there is refused, and keeps nobody else', async () => {
    const { dashboard, system } = await world()
    await system.spawn(planner, { id: 'p1' }).ready
    await system.spawn(planner, { id: 'gone' }).stop()
    const { ask, one } = await dashboard()
    const answer = await ask('request', plan, { target: ['p1', 'nobody', 'gone', 'p1'] })
    expect(answer).toMatchObject({ type: 'response', payload: { status: 'success' } })
    expect(dataOf(answer)).toEqual({
      p1: planned,
      nobody: {
        status: 'error',
        error: expect.objectContaining({ code: 'INVALID_TARGET', message: 'There is no agent nobody.' }),
      },
      gone: { status: 'error', error: expect.objectContaining({ code: 'AGENT_UNAVAILABLE' }) },
    })
    fits(one)
  })

  it('may be to the runtime and to agents at once, each of whom does what it knows', async () => {
    const { dashboard, system } = await world()
    await system.spawn(planner, { id: 'p1' }).ready
    const { ask, one } = await dashboard()
    const listed = dataOf(await ask('request', { action: 'list_agents' }, { target: ['orchestrator', 'p1'] }))
    expect(listed).toMatchObject({
      orchestrator: { status: 'success', data: { agents: [{ agentId: 'p1' }] } },
      p1: { status: 'error', error: { code: 'INVALID_MESSAGE_FORMAT' } },
    })
    expect(dataOf(await ask('request', plan, { target: ['p1', 'system'] }))).toMatchObject({
      p1: planned,
      system: { status: 'error', error: { code: 'INVALID_MESSAGE_FORMAT', message: expect.stringContaining('no action plan') } },
    })
    fits(one)
  })

  it('asks the runtime once, whichever of its names are used, also where that takes several steps', async () => {
    const { dashboard, system } = await world()
    await system.spawn(planner, { id: 'p1' }).ready
    const { ask } = await dashboard()
    const { projectId } = dataOf(await ask('project_create', { name: 'P' }))
    const data = { title: 'one', projectId, agentId: 'p1' }
    const made = dataOf(
      await ask('request', { action: 'create_task', data }, { target: ['orchestrator', 'system', 'websocket_gateway', 'p1'] }),
    )
    expect(Object.keys(made).sort()).toEqual(['orchestrator', 'p1'])
    expect(made['orchestrator']).toMatchObject({ status: 'success', data: { taskId: expect.any(String) } })
    expect(system.state.tasks.size).toBe(1)
  })

  it('of whom nobody can be asked is an error, with the reason of each', async () => {
    const { dashboard } = await world()
    const { ask, one } = await dashboard()
    const answer = await ask('request', plan, { target: ['x', 'y'] })
    expect(answer.payload).toMatchObject({
      status: 'error',
      data: { x: { error: { code: 'INVALID_TARGET' } }, y: { error: { code: 'INVALID_TARGET' } } },
    })
    fits(one)
  })
})

describe('an agent_message to several', () => {
  it('is told to nobody where one of them is not there, or is the runtime, which it names', async () => {
    const { dashboard, system } = await world()
    await system.spawn(planner, { id: 'p1' }).ready
    const { ask, one } = await dashboard()
    await ask('subscribe', { channels: ['agent.p1'] })
    for (const [target, message] of [
      [['p1', 'nobody'], 'There is no agent nobody.'],
      [['p1', 'orchestrator'], 'orchestrator is the runtime, which takes requests; an agent_message goes to agents and clients.'],
    ] as const)
      expect((await ask('agent_message', plan, { target })).payload).toMatchObject({ code: 'INVALID_TARGET', message })
    expect(dataOf(await ask('agent_message', { ...plan, data: { goal: 'peace' } }, { target: ['p1', 'p1'] }))).toEqual({
      delivered: ['p1', 'p1'],
    })
    await one.type('agent_message')
    await ask('request', plan, { target: 'p1' })
    expect(events(one, 'planned').map((each) => dataOf(each)['goal'])).toEqual(['peace', 'tea'])
    fits(one)
  })
})

describe('a task', () => {
  it('for one agent of a project is done by that one, which becomes a member, however free the others are', async () => {
    const { dashboard, system } = await world()
    for (const id of ['a', 'b', 'c']) await system.spawn(shell, { id }).ready
    const { ask, one } = await dashboard()
    const { projectId } = dataOf(await ask('project_create', { name: 'P' }))
    for (const id of ['a', 'b']) await system.swarm(String(projectId)).join(id)
    await ask('subscribe', { channels: ['task.updates'] })
    for (const agentId of ['c', 'b', 'c']) {
      const { taskId } = dataOf(await ask('task_create', { title: 't', command: 'true', projectId, agentId }))
      await one.until(({ payload }) => payload['taskId'] === taskId && payload['status'] === 'completed')
      expect(dataOf(await ask('request', { action: 'get_task', data: { taskId } }))).toMatchObject({ agentId, projectId })
    }
    expect(system.state.swarms.get(String(projectId))?.members.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  })

  it('that is for nobody is refused with what to say, and waits for its assignee in a project', async () => {
    const { dashboard, system } = await world()
    await system.spawn(shell, { id: 'sh' }).ready
    const { ask, one } = await dashboard()
    expect((await ask('task_create', { title: 'later' })).payload).toMatchObject({
      code: 'MISSING_REQUIRED_FIELD',
      message: expect.stringMatching(/agentId.*projectId.*task_assign/),
      details: { field: 'agentId' },
    })
    const { projectId } = dataOf(await ask('project_create', { name: 'P' }))
    const { taskId } = dataOf(await ask('task_create', { title: 'later', command: 'true', projectId }))
    expect(dataOf(await ask('request', { action: 'get_task', data: { taskId } }))).toMatchObject({
      status: 'pending',
      agentId: null,
    })
    await ask('subscribe', { channels: ['task.updates'] })
    expect((await ask('task_assign', { taskId, agentId: 'sh' })).payload).toMatchObject({ status: 'success' })
    await one.until(({ payload }) => payload['taskId'] === taskId && payload['status'] === 'completed')
    expect(system.state.tasks.get(String(taskId))?.agent).toBe('sh')
  })
})

describe('a filter by metadata', () => {
  it('lets through what says the same, whatever shape it has, and each client is filtered for itself', async () => {
    const { dashboard } = await world()
    const ann = await dashboard()
    const bob = await dashboard({ sub: 'bob' })
    const metadata = { team: 'blue', at: { floor: 2, rooms: [1, { desk: 'x' }] } }
    await ann.ask('subscribe', { channels: ['team.a'], filters: { 'team.a': { metadata } } })
    await bob.ask('subscribe', { channels: ['team.a'] })
    const carl = await dashboard({ sub: 'carl' })
    for (const [event, said] of [
      ['none', undefined],
      ['another', { ...metadata, team: 'red' }],
      ['part', { team: 'blue' }],
      ['inside', { ...metadata, at: { floor: 2, rooms: [1, { desk: 'y' }] } }],
      ['more', { ...metadata, at: { ...metadata.at, door: 1 } }],
      ['same', { at: { rooms: [1, { desk: 'x' }], floor: 2 }, team: 'blue', besides: true }],
      ['last', metadata],
    ] as const)
      await carl.ask('broadcast', { event, data: {} }, { channel: 'team.a', ...(said ? { metadata: said } : {}) })
    const heard = async ({ one }: typeof ann) => {
      await one.until(({ payload }) => payload['event'] === 'last')
      return one.frames.filter(({ channel }) => channel === 'team.a').map(({ payload }) => payload['event'])
    }
    expect(await heard(ann)).toEqual(['same', 'last'])
    expect(await heard(bob)).toEqual(['none', 'another', 'part', 'inside', 'more', 'same', 'last'])
    const [same] = events(ann.one, 'same')
    expect(same?.['metadata']).toMatchObject(metadata)
    fits(ann.one)
  })
})
