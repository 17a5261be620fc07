import { describe, expect, it } from 'vitest'
import { shell } from '../../../actors/index.js'
import type { AgentState } from '../../../src/protocol/states.js'
import type { System } from '../../../src/system/system.js'
import { dataOf, events, fits, planner, openclawWorld as world } from '../../kit/openclaw.js'

/** Resolves when the agent has that state. */
const until = (system: System, id: string, state: AgentState): Promise<void> =>
  new Promise((resolve) => {
    const stop = system.listen(`agent.${id}.status`, () => look())
    const look = () => {
      if (system.state.agents.get(id)?.state !== state) return
      stop()
      resolve()
    }
    look()
  })

describe('work', () => {
  it('goes from an agent that is spawned through its task to its channels', async () => {
    const { dashboard } = await world()
    const { ask, one } = await dashboard()
    const { projectId } = dataOf(await ask('project_create', { name: 'P' }))
    await ask('subscribe', {
      channels: [`project.${projectId}`, 'task.updates', 'task.ann'],
      filters: { [`project.${projectId}`]: { events: ['status_change', 'progress_update'] } },
    })
    const { agentId } = dataOf(await ask('agent_spawn', { name: 'Ada', environment: { WHO: 'you' } }))
    const { taskId } = dataOf(
      await ask('task_create', { title: 'greet', command: 'echo hello $WHO', agentId, priority: 2, note: 'kept' }),
    )
    const done = await one.until(({ channel, payload }) => channel === 'task.updates' && payload['status'] === 'completed')
    expect(done).toMatchObject({ type: 'task_status_change', payload: { taskId, previousStatus: 'in_progress' } })
    expect(events(one, 'task_output').map((each) => dataOf(each)['output'])).toContain('hello you\n')
    expect(events(one, 'task_status_change').some(({ channel }) => channel === 'task.ann')).toBe(true)
    expect(dataOf(await ask('request', { action: 'get_task', data: { taskId } }))).toMatchObject({
      status: 'completed',
      priority: 2,
      createdBy: 'ann',
      metadata: { note: 'kept' },
    })
    expect(await ask('agent_terminate', { agentId, force: true })).toMatchObject({ payload: { status: 'success' } })
    fits(one)
  })

  it('of a project is done by any free member, counts for it, and is told on its channel', async () => {
    const { dashboard, system } = await world()
    const { ask, one } = await dashboard()
    const { projectId } = dataOf(await ask('project_create', { name: 'P' }))
    await system.spawn(shell, { id: 'sh' }).ready
    await system.swarm(String(projectId)).join('sh')
    await ask('subscribe', { channels: [`project.${projectId}`] })
    await ask('task_create', { title: 'one', command: 'true', projectId })
    const progress = await one.until(
      ({ payload }) => payload['event'] === 'progress_update' && (payload['data'] as { progress: number }).progress === 100,
    )
    expect(progress).toMatchObject({
      type: 'broadcast',
      channel: `project.${projectId}`,
      payload: { data: { projectId, completedTasks: 1, totalTasks: 1 } },
    })
    await one.until(({ payload, channel }) => payload['event'] === 'status_change' && channel === `project.${projectId}.status`)
    await ask('project_update', { projectId, status: 'paused' })
    await one.until(
      ({ payload }) => payload['event'] === 'status_change' && (payload['data'] as { status: string }).status === 'paused',
    )
    await ask('project_update', { projectId, name: 'Q', colour: 'blue' })
    expect(dataOf(await ask('request', { action: 'get_project', data: { projectId } }))).toMatchObject({
      name: 'Q',
      metadata: { colour: 'blue' },
    })
    fits(one)
  })

  it('that failed is run again, and what is deleted is forgotten', async () => {
    const { dashboard, system } = await world()
    await system.spawn(shell, { id: 'sh' }).ready
    const { ask, one } = await dashboard()
    await ask('subscribe', { channels: ['task.updates'] })
    const { taskId } = dataOf(await ask('task_create', { title: 'fail', command: 'exit 3', agentId: 'sh' }))
    await one.until(({ payload }) => payload['status'] === 'failed')
    const again = dataOf(await ask('retry', { taskId }))
    expect(again).toMatchObject({ retryOf: taskId })
    await one.until(({ payload }) => payload['status'] === 'failed' && payload['taskId'] === again['taskId'])
    await ask('task_delete', { taskId })
    expect((await ask('request', { action: 'get_task', data: { taskId } })).payload).toMatchObject({ code: 'INVALID_TARGET' })
  })
})

describe('channels', () => {
  it('carry what clients say, filtered, and tell who comes and goes', async () => {
    const { dashboard } = await world()
    const ann = await dashboard()
    const bob = await dashboard({ sub: 'bob' })
    await ann.ask('channel_join', { channels: ['team.blue'], filters: { 'team.blue': { priority: 1 } } })
    await bob.ask('channel_join', { channels: ['team.blue'] })
    expect(dataOf(await ann.one.until(({ payload }) => payload['event'] === 'member_joined'))).toMatchObject({ clientId: 'bob' })
    await bob.ask('broadcast', { event: 'lunch', data: { at: 12 } }, { channel: 'team.blue', priority: 0 })
    await bob.ask('broadcast', { event: 'lunch', data: { at: 13 } }, { channel: 'team.blue', priority: 2 })
    const heard = await ann.one.until(({ payload }) => payload['event'] === 'lunch')
    expect(heard).toMatchObject({
      type: 'broadcast',
      channel: 'team.blue',
      source: 'bob',
      priority: 2,
      payload: { data: { at: 13 } },
    })
    await bob.ask('notification', { level: 'info', title: 'Hi', message: 'there' }, { target: 'ann' })
    expect(await ann.one.type('notification')).toMatchObject({
      source: 'bob',
      payload: { level: 'info', title: 'Hi', message: 'there' },
    })
    await bob.one.close()
    await ann.one.until(({ payload }) => payload['event'] === 'member_left')
    expect(events(ann.one, 'lunch')).toHaveLength(1)
    fits(ann.one)
  })

  it('of agents are named by their id or their name, and agents speak there', async () => {
    const { dashboard, system } = await world()
    await system.spawn(planner, { id: 'p9', name: 'orchestrator' }).ready
    const { ask, one } = await dashboard()
    await ask('subscribe', { channels: ['agent.orchestrator'] })
    await ask('agent_message', { action: 'plan', data: { goal: 'peace' } }, { target: 'p9', priority: 2 })
    expect(await one.type('agent_message')).toMatchObject({
      channel: 'agent.orchestrator',
      source: 'p9',
      payload: { action: 'planned', data: { goal: 'peace' } },
    })
    expect((await ask('agent_status', { agentId: 'p9' })).payload).toMatchObject({
      status: 'success',
      data: { name: 'orchestrator', status: 'idle' },
    })
  })

  it('are full where a limit is set, and what is critical is told of the system', async () => {
    const { dashboard, system } = await world({ audience: 1 })
    const ann = await dashboard()
    const bob = await dashboard({ sub: 'bob' })
    await ann.ask('subscribe', { channels: ['team.blue', 'system.alerts'] })
    expect((await bob.ask('subscribe', { channels: ['team.blue'] })).payload).toMatchObject({ code: 'CHANNEL_FULL' })
    system.announce(
      { type: 'system.alert', level: 'critical', category: 'resource', text: 'full' },
      'system',
      undefined,
      'critical',
    )
    expect(await ann.one.type('system_alert')).toMatchObject({ priority: 3, payload: { level: 'critical', message: 'full' } })
  })
})

describe('an agent that connects', () => {
  it('is an actor: it is asked, works on tasks, and reports', async () => {
    const { dashboard, system } = await world()
    const { one: mia } = await dashboard({ sub: 'mia' }, { name: 'Mia', capabilities: ['french'] }, 'agent')
    const { ask, one } = await dashboard({ sub: 'boss' })
    await until(system, 'mia', 'running')
    await ask('subscribe', { channels: ['task.updates', 'agent.mia'] })
    const { taskId } = dataOf(await ask('task_create', { title: 'translate', description: 'Bonjour', agentId: 'mia' }))
    const given = await mia.type('task_assign')
    expect(given).toMatchObject({ target: 'mia', payload: { taskId, title: 'translate', description: 'Bonjour' } })
    mia.say({ id: 'r1', type: 'progress_update', payload: { taskId, progress: 40, message: 'half' } })
    expect(await one.type('progress_update')).toMatchObject({ payload: { taskId, progress: 40, message: 'half' } })
    mia.say({ id: 'r2', type: 'agent_status', payload: { status: 'thinking' } })
    await one.until(({ payload }) => payload['activity'] === 'thinking')
    mia.say({ type: 'agent_heartbeat', payload: {} })
    await one.type('agent_heartbeat')
    mia.say({ type: 'response', correlationId: given['correlationId'], payload: { status: 'success', data: 'Hello' } })
    const done = await one.until(({ payload }) => payload['status'] === 'completed')
    expect(done.payload).toMatchObject({ taskId, result: 'Hello' })
    const asking = ask('request', { action: 'sing', data: { song: 'x' } }, { target: 'mia' })
    const request = await mia.type('request')
    expect(request.payload).toEqual({ action: 'sing', data: { song: 'x' } })
    mia.say({ type: 'response', correlationId: request['correlationId'], payload: { status: 'success', data: 'la' } })
    expect((await asking).payload).toEqual({ status: 'success', data: 'la' })
    await ask('agent_message', { action: 'note', data: { a: 1 } }, { target: 'mia' })
    expect(await mia.type('agent_message')).toMatchObject({ payload: { action: 'note', data: { a: 1 } } })
    fits(mia)
  })

  it('crashes when its connection stays away', async () => {
    const { dashboard, system } = await world({ agentWindow: 30 })
    const { one } = await dashboard({ sub: 'mia' }, {}, 'agent')
    await until(system, 'mia', 'running')
    const crashed = until(system, 'mia', 'crashed')
    await one.close()
    await crashed
    expect(system.state.agents.get('mia')?.error?.message).toMatch(/was away for more than 30 ms/)
  })
})
