/** Swarms as the sessions of a dashboard: what is told of them unasked, in both families of messages. */
import { describe, expect, it } from 'vitest'
import { shell, swarm, task } from '../../../actors/index.js'
import type { System } from '../../../src/system/system.js'
import { agentcraftWorld, part, puppets } from './dashboard.js'

const goal = 'How do I fix webhook errors?'
const integration = { id: 'integration', name: 'Technical Integration Specialist' }
const security = { id: 'security', name: 'Security Specialist' }

const session = (system: System, id = 'session_abc123') => {
  const { definition, next } = puppets()
  for (const options of [integration, security]) system.spawn(definition, options)
  const crew = system.spawn(swarm({ id, goal, topology: 'mesh', members: ['integration', 'security'] }))
  const give = (title: string, more: object = {}) =>
    system.spawn(task({ to: crew, title, message: { type: 'investigate' }, ...more }))
  return { crew, give, next }
}

describe('the list of active sessions', () => {
  it('comes first, with what is there', async () => {
    const { system, connect } = await agentcraftWorld()
    const { crew } = session(system)
    const one = await connect()
    await one.next('active_sessions')
    const [first] = one.frames
    expect(first).toEqual({
      type: 'active_sessions',
      timestamp: expect.closeTo(Date.now() / 1_000, -2),
      data: {
        total_sessions: 1,
        sessions: [
          {
            ...{ session_id: 'session_abc123', query: goal, status: 'processing', agents_active: 0 },
            ...{ phase: 'processing', progress: 0, agents: 2 },
            started_at: (system.state.swarms.get(crew.id)?.createdAt ?? 0) / 1_000,
          },
        ],
      },
    })
  })

  it('comes again whenever it, or an entry in it, has changed', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const one = await dashboard()
    expect(part(one.frames[0], 'data')).toEqual({ total_sessions: 0, sessions: [] })
    const { crew, give, next } = session(system)
    const entry = (fits: (entry: Record<string, unknown>) => boolean) =>
      one.next('active_sessions', (frame) => {
        const found = part(frame, 'data', 'sessions', 0) as Record<string, unknown> | undefined
        return found !== undefined && fits(found)
      })
    await entry(({ agents, status }) => agents === 2 && status === 'processing')
    const job = give('Analyze the webhook')
    const call = await next()
    await entry(({ agents_active }) => agents_active === 1)
    call.progress(40)
    await entry(({ progress }) => progress === 40)
    call.done()
    await job.result()
    await entry(({ status, progress, agents_active }) => status === 'completed' && progress === 100 && agents_active === 0)
    await crew.pause()
    await crew.stop()
    await one.next('active_sessions', (frame) => part(frame, 'data', 'total_sessions') === 0)
    const told = one.all('active_sessions').map((frame) => JSON.stringify(part(frame, 'data')))
    expect(told.filter((data, at) => data === told[at - 1])).toEqual([])
  })
})

describe('the pushes of a session', () => {
  it('carry its whole state, and beside it what they are about', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const one = await dashboard()
    const { crew, give, next } = session(system)
    const started_at = (system.state.swarms.get(crew.id)?.createdAt ?? 0) / 1_000
    const idle = { status: 'idle', current_task: null, progress: 0, details: null, started_at: null }
    const active_agents = [integration, security].map(({ id, name }) => ({
      ...{ agent_id: id, agent_name: name, ...idle, updated_at: expect.any(Number) },
    }))
    expect(await one.next('session_started')).toEqual({
      type: 'session_started',
      session_id: 'session_abc123',
      timestamp: expect.any(Number),
      state: {
        ...{ session_id: 'session_abc123', query: goal, total_agents: 2, active_agents, completed_agents: [] },
        ...{ current_phase: 'processing', overall_progress: 0, started_at, estimated_completion: null, crew_output: [] },
      },
      data: { session_id: 'session_abc123', query: goal, agent_names: [integration.name, security.name] },
    })
    expect(one.all('agent_status_update')).toEqual([])
    expect(await one.next('phase_update')).toMatchObject({
      state: { current_phase: 'processing' },
      data: { session_id: 'session_abc123', phase: 'processing' },
    })
    const job = give('Analyze the webhook')
    const call = await next()
    call.progress(50, 'half of it')
    const update = await one.next('agent_status_update', (frame) => part(frame, 'data', 'progress') === 50)
    expect(update).toMatchObject({
      session_id: 'session_abc123',
      data: { agent_name: integration.name, status: 'PROCESSING', current_task: 'Analyze the webhook', details: 'half of it' },
    })
    expect(part(update, 'state', 'active_agents')).toEqual([
      {
        ...{ agent_id: 'integration', agent_name: integration.name, status: 'processing', current_task: 'Analyze the webhook' },
        ...{ progress: 50, details: 'half of it', started_at: expect.any(Number), updated_at: expect.any(Number) },
      },
      {
        ...{ agent_id: 'security', agent_name: security.name, status: 'idle', current_task: null },
        ...{ progress: 0, details: null, started_at: null, updated_at: expect.any(Number) },
      },
    ])
    const whole = await one.next('agent_status_update', (frame) => part(frame, 'state', 'overall_progress') === 50)
    expect(part(whole, 'state', 'estimated_completion')).toBeGreaterThanOrEqual(started_at)
    call.done()
    await job.result()
    expect(await one.next('session_completed')).toMatchObject({
      session_id: 'session_abc123',
      state: { current_phase: 'completed', overall_progress: 100, completed_agents: [integration.name] },
    })
    expect(one.all('session_completed')).toHaveLength(1)
  })

  it('begin when there is a member, or with the end where none ever came', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const one = await dashboard()
    const { definition } = puppets()
    system.spawn(definition, { id: 'late', name: 'Late' })
    const [crew, empty] = ['crew', 'empty'].map((id) => system.spawn(swarm({ id, goal: id })))
    await one.next('active_sessions', (frame) => part(frame, 'data', 'total_sessions') === 2)
    expect(one.all('session_started')).toEqual([])
    await crew?.join('late')
    expect(await one.next('session_started')).toMatchObject({
      state: { total_agents: 1 },
      data: { session_id: 'crew', agent_names: ['Late'] },
    })
    await empty?.stop()
    expect(await one.next('session_started')).toMatchObject({ data: { session_id: 'empty', agent_names: [] } })
    expect(await one.next('session_completed')).toMatchObject({ session_id: 'empty' })
  })

  it('tell of completion once, again after more work, and not anew because it is dissolved', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const one = await dashboard()
    const { crew, give, next } = session(system)
    for (let at = 0; at < 2; at++) {
      const job = give(`job ${at}`)
      const call = await next()
      call.done()
      await job.result()
      await one.next('session_completed')
    }
    await crew.stop()
    await one.next('active_sessions', (frame) => part(frame, 'data', 'total_sessions') === 0)
    expect(one.all('session_completed')).toHaveLength(2)
    const phases = one.all('phase_update').map((frame) => part(frame, 'data', 'phase'))
    expect(phases).toEqual(['processing', 'completed', 'processing', 'completed', 'completing', 'completed'])
  })

  it('tell of a task that failed, and of a session that lost its last member, as session_error', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const one = await dashboard()
    const { crew, give, next } = session(system)
    give('Analyze the webhook')
    const call = await next()
    call.fail(new Error('no such webhook'))
    expect(await one.next('session_error')).toMatchObject({
      session_id: 'session_abc123',
      data: { error: 'no such webhook', agent_name: integration.name },
    })
    await crew.leave('integration')
    await crew.leave('security')
    expect(await one.next('session_error')).toMatchObject({
      state: { current_phase: 'error' },
      data: { error: 'its last member left', agent_name: null },
    })
  })

  it('tell what the tasks print, the newest 5 pieces in the state', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const one = await dashboard()
    system.spawn(shell, { id: 'sh', name: 'Shell' })
    const crew = system.spawn(swarm({ id: 'build', goal: 'build it', members: ['sh'] }))
    for (let at = 1; at <= 7; at++)
      await system.spawn(task({ to: crew, message: { type: 'run', command: `echo line ${at}` } })).result()
    await system.spawn(task({ to: crew, message: { type: 'run', command: 'echo odd >&2' } })).result()
    const last = await one.next('crew_output', (frame) => part(frame, 'data', 'output_type') === 'stderr')
    expect(last).toMatchObject({ session_id: 'build', data: { content: 'odd', agent_name: 'Shell' } })
    expect(part(last, 'state', 'crew_output')).toEqual(
      ['line 4', 'line 5', 'line 6', 'line 7', 'odd'].map((content) => ({
        ...{ timestamp: expect.any(Number), type: content === 'odd' ? 'stderr' : 'stdout', content, agent: 'Shell' },
      })),
    )
    expect(one.all('crew_output').map((frame) => part(frame, 'data', 'content'))).toEqual([
      ...[1, 2, 3, 4, 5, 6, 7].map((at) => `line ${at}`),
      'odd',
    ])
  })

  it('never go back: whatever is told later is newer', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const one = await dashboard()
    const { give, next } = session(system)
    const jobs = [give('a'), give('b')]
    const calls = [await next(), await next()]
    for (let percent = 1; percent <= 100; percent++) for (const call of calls) call.progress(percent)
    for (const call of calls) call.done()
    await Promise.all(jobs.map((job) => job.result()))
    await one.next('session_completed')
    const states = one.frames.flatMap((frame) => (part(frame, 'state', 'overall_progress') as number | undefined) ?? [])
    expect(states.length).toBeGreaterThan(100)
    expect(states).toEqual([...states].sort((a, b) => a - b))
  })
})

describe('a hand-over', () => {
  it('is told as a collaboration', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const one = await dashboard()
    const { crew, give, next } = session(system)
    const job = give('Analyze the webhook')
    await next()
    await crew.handOver({ task: job, to: 'security', reason: 'Requires security expertise' })
    expect(await one.next('agent_collaboration')).toEqual({
      type: 'agent_collaboration',
      primary_agent: 'Technical Integration Specialist',
      secondary_agent: 'Security Specialist',
      collaboration_type: 'handoff',
      reason: 'Requires security expertise',
      timestamp: expect.stringMatching(/Z$/),
    })
  })
})
