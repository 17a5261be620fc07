import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, shell, swarm, task } from '../../../actors/index.js'
import { retryOnce } from './agents.js'
import { allFit, type Dashboard, onsemblWorld } from './dashboard.js'

const reviewer = agent('reviewer', { hears: { review: { path: z.string() } }, on: { review: () => 'fine' } })
const thinker = agent('thinker', { hears: { prompt: { prompt: z.string() } }, on: { prompt: ({ prompt }) => prompt.length } })

const statuses = (one: Dashboard, commandId: string) =>
  one
    .all('command:status')
    .filter((payload) => payload['commandId'] === commandId)
    .map(({ status }) => status)

const withShell = async (...rest: Parameters<typeof onsemblWorld>) => {
  const world = await onsemblWorld(...rest)
  world.system.spawn(shell, { id: 'agent-1' })
  return { ...world, one: await world.dashboard() }
}

describe('a command', () => {
  it('is queued, runs and completes, with its exit code and how long it took', async () => {
    const { one } = await withShell()
    const commandId = await one.run('agent-1', 'echo hello')
    expect(await one.end(commandId)).toEqual({
      ...{ commandId, agentId: 'agent-1', status: 'completed', exitCode: 0 },
      executionTime: expect.any(Number),
    })
    expect(statuses(one, commandId)).toEqual(['queued', 'running', 'completed'])
    expect(one.all('terminal:output')).toEqual([
      { commandId, agentId: 'agent-1', data: 'hello\n', stream: 'stdout', sequence: 1 },
    ])
    allFit(one)
  })

  it('that goes wrong has failed, with its exit code and a sentence', async () => {
    const { one } = await withShell()
    const commandId = await one.run('agent-1', 'exit 3')
    expect(await one.end(commandId)).toMatchObject({ status: 'failed', exitCode: 3, error: 'exit 3 exited with code 3.' })
    expect(one.all('error')).toEqual([])
  })

  it('is seen by all dashboards, with its output, and has the id of the task that it is', async () => {
    const { system, one, dashboard } = await withShell()
    const two = await dashboard({ sub: 'bob' })
    const commandId = await one.run('agent-1', 'echo seen')
    await Promise.all([one.end(commandId), two.end(commandId)])
    expect(two.all('command:status')).toEqual(one.all('command:status'))
    expect(two.all('terminal:output')).toEqual(one.all('terminal:output'))
    expect(system.state.tasks.get(commandId)).toMatchObject({ by: 'ann', message: { type: 'run', command: 'echo seen' } })
  })

  it('that others gave is seen too', async () => {
    const { system, one } = await withShell()
    const given = system.spawn(task({ to: 'agent-1', message: { type: 'run', command: 'echo theirs' } }))
    expect(await one.end(given.id)).toMatchObject({ status: 'completed', exitCode: 0 })
    expect(statuses(one, given.id)).toEqual(['queued', 'running', 'completed'])
  })

  it('that is tried again is queued and runs again', async () => {
    const { system, one } = await withShell()
    system.spawn(retryOnce, { id: 'shaky' })
    const given = system.spawn(task({ to: 'shaky', message: { type: 'run', command: 'x' }, retries: 1, backoff: [0, 0] }))
    expect(await one.end(given.id)).toMatchObject({ status: 'completed' })
    expect(statuses(one, given.id)).toEqual(['queued', 'running', 'queued', 'running', 'completed'])
  })

  it('that is paused still runs', async () => {
    const { system, one } = await withShell()
    const commandId = await one.run('agent-1', 'read line; echo $line')
    await one.payload('command:status', ({ status }) => status === 'running')
    await system.task(commandId).pause()
    await system.task(commandId).resume()
    one.tell('command:interrupt', { commandId })
    await one.end(commandId)
    expect(statuses(one, commandId)).toEqual(['queued', 'running', 'interrupted'])
  })

  it('needs no priority, as in the example session of the document', async () => {
    const { one } = await withShell()
    one.tell('command:request', { agentId: 'agent-1', command: 'true' })
    const { commandId } = await one.payload('command:status')
    expect(await one.end(String(commandId))).toMatchObject({ status: 'completed' })
  })

  it('goes to an agent by its name as well', async () => {
    const { system, one } = await withShell()
    system.spawn(shell, { id: 'a-2', name: 'Grace' })
    const commandId = await one.run('Grace', 'true')
    expect(await one.end(commandId)).toMatchObject({ agentId: 'a-2' })
  })

  it('goes to an agent as the message with text that it hears', async () => {
    const { system, one } = await withShell()
    system.spawn(thinker, { id: 'thinker' })
    const commandId = await one.run('thinker', 'why?')
    expect(await one.end(commandId)).toEqual({
      ...{ commandId, agentId: 'thinker', status: 'completed' },
      executionTime: expect.any(Number),
    })
    expect(system.state.tasks.get(commandId)).toMatchObject({ message: { type: 'prompt', prompt: 'why?' }, result: 4 })
  })

  it('of a swarm is shown as what the member does', async () => {
    const { system, one } = await withShell()
    system.spawn(swarm({ id: 'crew', goal: 'work', members: ['agent-1'] }))
    const given = system.spawn(task({ to: 'crew', message: { type: 'run', command: 'true' } }))
    expect(await one.end(given.id)).toMatchObject({ agentId: 'agent-1', status: 'completed' })
    expect(one.all('command:status').map(({ agentId, status }) => [agentId, status])).toEqual([
      ['agent-1', 'queued'],
      ['agent-1', 'running'],
      ['agent-1', 'completed'],
    ])
  })

  it('of a swarm is not told before a member has it', async () => {
    const { system, one } = await withShell()
    system.spawn(swarm({ id: 'crew', goal: 'work' }))
    const [first, second] = ['true', 'true'].map((command) =>
      system.spawn(task({ to: 'crew', message: { type: 'run', command } })),
    )
    await first?.cancel('enough')
    await system.swarm('crew').join('agent-1')
    await one.end(String(second?.id))
    expect(one.all('command:status').map(({ commandId, agentId }) => [commandId, agentId])).toEqual(
      Array.from({ length: 3 }, () => [second?.id, 'agent-1']),
    )
  })

  it('is taken, and that is told, though its giver may hear of no commands', async () => {
    const { system, dashboard } = await withShell()
    const blind = await dashboard({ permissions: ['read', 'write'], channels: { read: ['agent.#'] } })
    blind.tell('command:request', { agentId: 'agent-1', command: 'true', priority: 'normal' })
    expect(await blind.payload('command:status')).toMatchObject({ agentId: 'agent-1', status: 'queued' })
    expect(system.state.tasks.size).toBe(1)
  })
})

describe('an interrupt', () => {
  it('ends a command that runs, and its reason is told', async () => {
    const { one } = await withShell()
    const commandId = await one.run('agent-1', 'echo up; exec sleep 60')
    await one.type('terminal:output')
    one.tell('command:interrupt', { commandId, reason: 'enough' })
    expect(await one.end(commandId)).toMatchObject({ commandId, status: 'interrupted', error: 'The task was cancelled: enough' })
    expect(statuses(one, commandId)).toEqual(['queued', 'running', 'interrupted'])
    allFit(one)
  })

  it('takes a command that waits out of the queue, and the others move up', async () => {
    const { one } = await withShell()
    const [first, second, third] = [
      await one.run('agent-1', 'exec sleep 60'),
      await one.run('agent-1', 'echo two'),
      await one.run('agent-1', 'echo three'),
    ]
    one.tell('command:interrupt', { commandId: second })
    expect(await one.end(second)).toMatchObject({ status: 'interrupted' })
    expect(statuses(one, second)).toEqual(['queued', 'interrupted'])
    expect(one.all('command:queue').at(-1)).toMatchObject({ queue: [{ commandId: third, position: 1 }] })
    one.tell('command:interrupt', { commandId: first })
    expect(await one.end(third)).toMatchObject({ status: 'completed' })
  })

  it('of a command that is not there, or is over, is answered with INVALID_MESSAGE', async () => {
    const { one } = await withShell()
    one.tell('command:interrupt', { commandId: 'nobody' })
    expect(await one.payload('error')).toMatchObject({
      ...{ code: 'INVALID_MESSAGE', recoverable: true },
      details: { commandId: 'nobody', reason: 'NOT_FOUND' },
    })
    const commandId = await one.run('agent-1', 'true')
    await one.end(commandId)
    one.tell('command:interrupt', { commandId })
    const told = await one.payload('error', ({ details }) => (details as { commandId: string }).commandId === commandId)
    expect(told).toMatchObject({ code: 'INVALID_MESSAGE', recoverable: true })
  })
})

describe('the queue', () => {
  it('is told with positions from 1 on every change, without what runs', async () => {
    const { one } = await withShell()
    const first = await one.run('agent-1', 'exec sleep 60')
    await one.payload('command:status', ({ status }) => status === 'running')
    const second = await one.run('agent-1', 'echo two')
    const third = await one.run('agent-1', 'echo three')
    const asIs = { requestedBy: 'ann', requestedAt: expect.any(Number), priority: 'normal' }
    const shown = { commandId: second, command: 'echo two', position: 1, ...asIs }
    expect(await one.payload('command:queue', ({ queue }) => (queue as object[]).length === 2)).toEqual({
      agentId: 'agent-1',
      queue: [shown, { commandId: third, command: 'echo three', position: 2, ...asIs }],
    })
    one.tell('command:interrupt', { commandId: first })
    await one.end(third)
    const lengths = one.all('command:queue').map(({ queue }) => (queue as object[]).length)
    expect(lengths).toEqual([1, 0, 1, 2, 1, 0])
    allFit(one)
  })

  it('keeps the order of commands that come in one tick, urgent ones before others', async () => {
    const { system, one } = await withShell()
    const words = ['low one', 'normal one', 'high one', 'normal two', 'high two', 'low two']
    const blocker = system.spawn(task({ to: 'agent-1', message: { type: 'run', command: 'exec sleep 60' } }))
    await one.payload('command:status', ({ status }) => status === 'running')
    for (const word of words)
      one.tell('command:request', { agentId: 'agent-1', command: `echo ${word}`, priority: word.split(' ')[0] })
    const whole = await one.payload('command:queue', ({ queue }) => (queue as object[]).length === words.length)
    const inOrder = ['high one', 'high two', 'normal one', 'normal two', 'low one', 'low two']
    expect(
      (whole['queue'] as { command: string; position: number }[]).map(({ command, position }) => [command, position]),
    ).toEqual(inOrder.map((word, at) => [`echo ${word}`, at + 1]))
    await blocker.cancel()
    await one.until(() => one.all('terminal:output').length === words.length)
    expect(one.all('terminal:output').map(({ data }) => data)).toEqual(inOrder.map((word) => `${word}\n`))
  })

  it('shows who asked, and a critical task as high', async () => {
    const { system, one } = await withShell()
    await one.run('agent-1', 'exec sleep 60')
    system.spawn(task({ to: 'agent-1', message: { type: 'run', command: 'true' }, priority: 'critical' }))
    const { queue } = await one.payload('command:queue', ({ queue }) =>
      (queue as { requestedBy: string }[]).some(({ requestedBy }) => requestedBy === 'system'),
    )
    expect(queue).toMatchObject([{ priority: 'high', requestedBy: 'system' }])
  })
})

describe('an agent that cannot do it', () => {
  it('is named in AGENT_OFFLINE when it is not there, has stopped or has crashed', async () => {
    const { system, one } = await withShell()
    await system.agent('agent-1').stop()
    for (const agentId of ['nobody', 'agent-1']) {
      one.tell('command:request', { agentId, command: 'ls', priority: 'normal' })
      const told = await one.payload('error', ({ details }) => (details as { agentId: string }).agentId === agentId)
      expect(told).toMatchObject({ code: 'AGENT_OFFLINE', recoverable: true, message: expect.stringContaining(agentId) })
    }
    expect(one.all('command:status')).toEqual([])
    allFit(one)
  })

  it('is named in AGENT_OFFLINE while it is stopping', async () => {
    const { system, one } = await withShell()
    await one.run('agent-1', 'trap "" TERM; echo up; while :; do sleep 0.05; done')
    await one.type('terminal:output')
    const stopped = system.agent('agent-1').stop({ grace: 60_000 })
    await one.payload('agent:status', ({ status }) => status === 'busy')
    one.tell('command:request', { agentId: 'agent-1', command: 'echo late', priority: 'normal' })
    expect(await one.payload('error')).toMatchObject({
      code: 'AGENT_OFFLINE',
      message: expect.stringContaining('it is stopping'),
    })
    expect(new Set(one.all('command:status').map(({ commandId }) => commandId)).size).toBe(1)
    await system.agent('agent-1').stop({ force: true })
    await stopped
  })

  it('is refused with what it hears where it hears no text', async () => {
    const { system, one } = await withShell()
    system.spawn(reviewer, { id: 'reviewer' })
    one.tell('command:request', { agentId: 'reviewer', command: 'ls', priority: 'normal' })
    expect(await one.payload('error')).toMatchObject({
      ...{ code: 'INVALID_MESSAGE', recoverable: true },
      message: expect.stringContaining('it hears review'),
    })
  })

  it('has too much to do: QUEUE_FULL', async () => {
    const { system, dashboard } = await onsemblWorld()
    system.spawn(shell, { id: 'agent-1', queue: 2 })
    const one = await dashboard()
    await one.run('agent-1', 'exec sleep 60')
    await one.payload('command:status', ({ status }) => status === 'running')
    await one.run('agent-1', 'true')
    await one.run('agent-1', 'true')
    one.tell('command:request', { agentId: 'agent-1', command: 'true', priority: 'normal' })
    expect(await one.payload('error')).toMatchObject({
      ...{ code: 'QUEUE_FULL', recoverable: true },
      details: { agentId: 'agent-1' },
    })
    expect(system.state.tasks.size).toBe(3)
    allFit(one)
  })
})

describe('a timeout', () => {
  it('ends a command with COMMAND_TIMEOUT for who asked, and a failed command for all', async () => {
    const { one, dashboard } = await withShell()
    const two = await dashboard({ sub: 'bob' })
    const commandId = await one.run('agent-1', 'exec sleep 60', { timeout: 50 })
    const [mine, theirs] = await Promise.all([one.end(commandId), two.end(commandId)])
    expect(mine).toMatchObject({ status: 'failed', error: expect.stringContaining('50 ms') })
    expect(theirs).toEqual(mine)
    expect(one.all('error')).toMatchObject([{ code: 'COMMAND_TIMEOUT', recoverable: true, details: { commandId } }])
    expect(two.all('error')).toEqual([])
    allFit(one)
  })
})
