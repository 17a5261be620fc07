/** What a dashboard asks for: the state and the logs of a session, and its log as it is written. */
import { describe, expect, it } from 'vitest'
import { shell, swarm, task } from '../../../actors/index.js'
import type { System } from '../../../src/system/system.js'
import { agentcraftWorld, part, puppets } from './dashboard.js'

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

const build = (system: System, id = 'build') => {
  system.spawn(shell, { id: `sh-${id}`, name: `Shell of ${id}` })
  const crew = system.spawn(swarm({ id, goal: `build ${id}`, members: [`sh-${id}`] }))
  const run = (command: string, title = command) =>
    system.spawn(task({ to: crew, title, message: { type: 'run', command } })).result()
  return { crew, run }
}

describe('get_session_state', () => {
  it('is answered with the whole state, in upper case, of what happened before the client came too', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const { definition, next } = puppets()
    system.spawn(definition, { id: 'a', name: 'Technical Integration Specialist' })
    const crew = system.spawn(swarm({ id: 'session_abc123', goal: 'How do I fix webhook errors?', members: ['a'] }))
    const job = system.spawn(task({ to: crew, title: 'Analyzing webhook configuration', message: { type: 'investigate' } }))
    const call = await next()
    for (let at = 1; at <= 12; at++) call.output(`line ${at}\n`)
    call.progress(75)
    const one = await dashboard()
    one.say({ type: 'get_session_state', session_id: 'session_abc123' })
    const lines = Array.from({ length: 10 }, (_, at) => `line ${at + 3}`)
    expect(await one.next('session_state')).toEqual({
      type: 'session_state',
      session_id: 'session_abc123',
      state: {
        session_id: 'session_abc123',
        query: 'How do I fix webhook errors?',
        current_phase: 'processing',
        overall_progress: 75,
        active_agents: [
          {
            ...{ agent_name: 'Technical Integration Specialist', status: 'PROCESSING', progress: 75 },
            ...{ current_task: 'Analyzing webhook configuration', details: { task_id: job.id } },
          },
        ],
        crew_output: lines.map((content) => ({
          ...{ timestamp: expect.any(Number), type: 'stdout', content, agent: 'Technical Integration Specialist' },
        })),
      },
      timestamp: expect.closeTo(Date.now() / 1_000, -2),
    })
    call.done()
  })

  it('of a session that is dissolved tells how it ended; of none, that there is none', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const { crew, run } = build(system)
    await run('true')
    await crew.stop()
    const one = await dashboard()
    expect(part(one.frames[0], 'data', 'total_sessions')).toBe(0)
    one.say({ type: 'get_session_state', session_id: 'build' })
    expect(await one.next('session_state')).toMatchObject({ state: { current_phase: 'completed', overall_progress: 100 } })
    for (const type of ['get_session_state', 'get_session_logs']) {
      one.say({ type, session_id: 'nowhere' })
      expect(await one.next('session_not_found')).toEqual({
        type: 'session_not_found',
        session_id: 'nowhere',
        timestamp: expect.any(Number),
      })
    }
  })
})

describe('get_session_logs', () => {
  it('is answered with what was logged and printed, in order', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const { run } = build(system)
    await run('echo hello', 'greet')
    await run('exit 3', 'stumble').catch(() => {})
    const one = await dashboard()
    one.say({ type: 'get_session_logs', session_id: 'build' })
    const { logs } = (await one.next('session_logs', ({ session_id }) => session_id === 'build')) as unknown as {
      logs: { timestamp: string; level: string; agent: string; message: string; details: object }[]
    }
    expect(logs.map(({ level, agent, message }) => `${level} ${agent}: ${message}`)).toEqual([
      'info Shell of build: Shell of build joined.',
      'info Shell of build: Shell of build coordinates: it joined first.',
      'info system: The swarm is running.',
      'info Shell of build: Shell of build began “greet”.',
      'info Shell of build: hello',
      'info Shell of build: Shell of build completed “greet”.',
      'info system: The swarm is completed.',
      'info system: The swarm is working.',
      'info Shell of build: Shell of build began “stumble”.',
      expect.stringMatching(/^error Shell of build: “stumble” failed: /),
      'info system: The swarm is completed.',
    ])
    expect(logs[3]).toEqual({
      ...{ timestamp: iso, level: 'info', agent: 'Shell of build', message: expect.any(String) },
      details: { task_id: expect.any(String) },
    })
    expect(logs[4]?.details).toMatchObject({ stream: 'stdout' })
  })

  it('is in the order of what happened, also within a millisecond', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const { definition, next } = puppets()
    system.spawn(definition, { id: 'a', name: 'A' })
    const crew = system.spawn(swarm({ id: 'quick', goal: 'print', members: ['a'] }))
    const jobs = Array.from({ length: 10 }, (_, at) =>
      system.spawn(task({ to: crew, title: `${at}`, message: { type: 'investigate' } })),
    )
    for (const job of jobs) {
      const call = await next()
      call.output('here\n')
      call.done()
      await job.result()
    }
    const one = await dashboard()
    one.say({ type: 'get_session_logs', session_id: 'quick' })
    const logs = part(await one.next('session_logs'), 'logs') as { message: string }[]
    const told = logs.map(({ message }) => message).slice(3, -1)
    expect(told).toEqual(jobs.flatMap((_, at) => [`A began “${at}”.`, 'here', `A completed “${at}”.`]))
  })

  it('holds the last 50 lines', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const { run } = build(system)
    for (let at = 0; at < 20; at++) await run(`echo ${at}`)
    const one = await dashboard()
    one.say({ type: 'get_session_logs', session_id: 'build' })
    const logs = part(await one.next('session_logs'), 'logs') as { message: string }[]
    expect(logs).toHaveLength(50)
    expect(logs.at(-1)?.message).toBe('The swarm is completed.')
    expect(logs.at(-3)?.message).toBe('19')
  })

  it('holds the last 50 lines of what one task printed, whole and in order, also of one piece with many more', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const { run } = build(system)
    await run('seq 1 500')
    const one = await dashboard()
    one.say({ type: 'get_session_logs', session_id: 'build' })
    const logs = part(await one.next('session_logs'), 'logs') as { message: string }[]
    expect(logs).toHaveLength(50)
    const lines = logs.map(({ message }) => message).filter((message) => /^\d+$/.test(message))
    expect(lines).toEqual(Array.from({ length: lines.length }, (_, at) => `${501 - lines.length + at}`))
    expect(lines.length).toBeGreaterThanOrEqual(48)
  })
})

describe('the streamed log', () => {
  it('tells the lines of that session alone, until it is stopped', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const [here, there] = [build(system, 'here'), build(system, 'there')]
    const one = await dashboard()
    await here.run('echo before')
    expect(one.all('crewai_log')).toEqual([])
    one.say({ type: 'start_log_streaming', session_id: 'here' })
    expect(await one.next('log_streaming_started')).toEqual({
      ...{ type: 'log_streaming_started', session_id: 'here', timestamp: expect.any(Number), message: 'Log streaming enabled.' },
    })
    await Promise.all([here.run('echo hello', 'greet'), there.run('echo elsewhere')])
    await one.next('crewai_log', (frame) => part(frame, 'log', 'message') === 'The swarm is completed.')
    const logs = one.all('crewai_log').map(({ log }) => log as Record<string, string>)
    expect(logs.map(({ level, logger, source, message }) => `${level} ${logger} ${source} ${message}`)).toEqual([
      'INFO swarm runtime The swarm is working.',
      'INFO swarm runtime Shell of here began “greet”.',
      'INFO task stdout hello',
      'INFO swarm runtime Shell of here completed “greet”.',
      'INFO swarm runtime The swarm is completed.',
    ])
    expect(logs[0]).toMatchObject({ session_id: 'here', timestamp: expect.any(Number), datetime: iso })
    one.say({ type: 'stop_log_streaming' })
    expect(await one.next('log_streaming_stopped')).toEqual({
      ...{ type: 'log_streaming_stopped', timestamp: expect.any(Number), message: 'Log streaming disabled.' },
    })
    await here.run('echo after')
    await one.next('session_completed')
    expect(one.all('crewai_log')).toHaveLength(5)
  })

  it('tells each line by itself, whole wherever its pieces are cut, and the last one when its task is over', async () => {
    const { system, dashboard } = await agentcraftWorld({}, { output: { window: 0 } })
    const { definition, next } = puppets()
    system.spawn(definition, { id: 'a' })
    const crew = system.spawn(swarm({ id: 'lines', goal: 'print', members: ['a'] }))
    const one = await dashboard()
    one.say({ type: 'start_log_streaming', session_id: 'lines' })
    await one.next('log_streaming_started')
    system.spawn(task({ to: crew, title: 'print', message: { type: 'investigate' } }))
    const call = await next()
    call.output('1\n2\r\nthr')
    await one.next('crew_output')
    call.output('odd', 'stderr')
    await one.next('crew_output')
    call.output('ee\n\nfour')
    await one.next('crew_output')
    call.done()
    await one.next('crewai_log', (frame) => part(frame, 'log', 'message') === 'The swarm is completed.')
    const logs = one.all('crewai_log').map(({ log }) => log as Record<string, string>)
    expect(logs.filter(({ logger }) => logger === 'task').map(({ source, message }) => `${source} ${message}`)).toEqual([
      ...['stdout 1', 'stdout 2', 'stdout three', 'stdout ', 'stdout four', 'stderr odd'],
    ])
  })

  it('tells the newest 1,000 lines of a batch, and how many it left out', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const { definition, next } = puppets()
    system.spawn(definition, { id: 'a' })
    const crew = system.spawn(swarm({ id: 'many', goal: 'print', members: ['a'] }))
    const one = await dashboard()
    one.say({ type: 'start_log_streaming', session_id: 'many' })
    await one.next('log_streaming_started')
    system.spawn(task({ to: crew, message: { type: 'investigate' } }))
    const call = await next()
    call.output(Array.from({ length: 1_500 }, (_, at) => `${at + 1}\n`).join(''))
    await one.next('crewai_log', (frame) => part(frame, 'log', 'message') === '1500')
    const printed = one.all('crewai_log').filter((frame) => part(frame, 'log', 'logger') === 'task')
    expect(printed).toHaveLength(1_001)
    expect(part(printed[0], 'log')).toMatchObject({ level: 'WARNING', message: '[500 lines were left out]' })
    expect(part(printed[1], 'log', 'message')).toBe('501')
    call.done()
  })

  it('may be asked for before the session begins, and goes over to another', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const one = await dashboard()
    one.say({ type: 'start_log_streaming', session_id: 'early' })
    expect((await one.next('log_streaming_started'))['message']).toBe(
      'Log streaming enabled; there is no session early yet, its lines follow when there is.',
    )
    build(system, 'early')
    expect(part(await one.next('crewai_log'), 'log', 'message')).toBe('Shell of early joined.')
    const late = build(system, 'late')
    one.say({ type: 'start_log_streaming', session_id: 'late' })
    await one.next('log_streaming_started')
    await late.run('true')
    expect(part(await one.next('crewai_log'), 'log', 'session_id')).toBe('late')
    one.say({ type: 'stop_log_streaming' })
    await one.next('log_streaming_stopped')
    one.say({ type: 'stop_log_streaming' })
    expect((await one.next('log_streaming_stopped'))['message']).toBe('Log streaming was not enabled.')
  })
})
