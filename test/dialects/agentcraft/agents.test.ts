/** How agents are, as a dashboard is told it. */
import { describe, expect, it } from 'vitest'
import { agent, swarm, task } from '../../../actors/index.js'
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

describe('the status of agents', () => {
  it('is told in the documented message, with the progress, words and estimate of their real task', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const one = await dashboard()
    const { give, next } = session(system)
    const job = give('Analyze the webhook')
    const call = await next()
    await one.next('agent_status', ({ status }) => status === 'PROCESSING')
    call.activity('Analyzing webhook signature validation...')
    expect(await one.next('agent_status', ({ status }) => status === 'ANALYZING')).toMatchObject({
      agent_id: 'integration',
      agent_name: 'Technical Integration Specialist',
      progress: 0,
      message: 'Analyzing webhook signature validation...',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      metadata: { task_id: job.id },
    })
    call.activity('collaborating with Security')
    await one.next('agent_status', ({ status }) => status === 'COLLABORATING')
    call.activity('Reading')
    await one.next('agent_status', ({ status }) => status === 'PROCESSING')
    call.progress(65)
    const told = await one.next('agent_status', ({ progress }) => progress === 65)
    expect(part(told, 'metadata', 'estimated_completion')).toEqual(expect.any(Number))
    call.done()
    expect(await one.next('agent_status', ({ progress }) => progress === 100)).toMatchObject({
      status: 'IDLE',
      message: 'Analyze the webhook: completed.',
    })
  })

  it('has the progress of what it does now, not of the task before', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const one = await dashboard()
    const { give, next } = session(system)
    for (const title of ['first', 'second']) {
      const job = give(title)
      const call = await next()
      await one.next('agent_status', ({ message }) => message === `Working on ${title}.`)
      call.done()
      await job.result()
      await one.next('session_completed')
    }
    const atWork = one.all('agent_status').filter(({ status }) => status === 'PROCESSING')
    expect(atWork.length).toBeGreaterThanOrEqual(4)
    expect(atWork.filter(({ progress }) => progress !== 0)).toEqual([])
    const updates = one.all('agent_status_update').filter((frame) => part(frame, 'data', 'status') === 'PROCESSING')
    expect(updates.filter((frame) => part(frame, 'data', 'progress') !== 0)).toEqual([])
  })

  it('follows the table of states, also of an agent that belongs to no session', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const one = await dashboard()
    const lone = agent('lone', {
      hears: { crash: {}, wait: {} },
      on: {
        crash() {
          throw new Error('bang')
        },
        wait: (_, { sleep }) => sleep(60_000),
      },
    })
    const ada = system.spawn(lone, { id: 'ada', name: 'Ada' })
    const told = async (status: string, message?: string) =>
      expect(await one.next('agent_status', (frame) => frame['status'] === status && frame['agent_id'] === 'ada')).toMatchObject(
        message === undefined ? {} : { message },
      )
    await told('IDLE', 'Starting.')
    await told('IDLE', 'Ready for work.')
    await ada.pause()
    await told('IDLE', 'Paused.')
    await ada.resume()
    await told('IDLE', 'Ready for work.')
    system.send('ada', { type: 'wait' })
    await told('PROCESSING', 'Working.')
    await ada.stop({ grace: 0 })
    await told('COMPLETED', 'Stopped.')
    const bob = system.spawn(lone, { id: 'bob', name: 'Bob' })
    system.send('bob', { type: 'crash' })
    expect(await one.next('agent_status', ({ status }) => status === 'ERROR')).toMatchObject({
      agent_name: 'Bob',
      message: 'bang',
    })
    await bob.stop()
    expect(one.all('agent_status_update')).toEqual([])
  })
})
