/** Agents that work on a client's side: over the wire, through the client, and with a definition of one's own. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../actors/agent/define.js'
import { serve } from '../../actors/external/serve.js'
import { swarm } from '../../actors/swarm/define.js'
import { task } from '../../actors/task/define.js'
import { connect } from '../../bridge/client.js'
import type { BridgeOptions } from '../../bridge/options.js'
import type { TroupeError } from '../../src/errors.js'
import { record } from '../kit/events.js'
import { open, setUp } from '../kit/world.js'

const claims = { permissions: ['read', 'write'], agents: ['ada'] } as const

const world = async (options: BridgeOptions = {}) => {
  const at = await setUp(options)
  const seen = record(at.system)
  const raw = async (sub = 'ann') => {
    const one = await at.client()
    await one.hello({ token: await at.token({ sub, ...claims }) })
    return one
  }
  const remote = async (reconnect: object | false = { delays: [0], jitter: 0 }) => {
    const one = connect(at.bridge.url, { token: await at.token(claims), onError: () => {}, reconnect })
    open.push(() => one.stop())
    return one
  }
  return { ...at, seen, raw, remote }
}
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'it did not fail',
    (error: TroupeError) => error.code,
  )

describe('an agent that works on a client’s side', () => {
  it('is an actor like any other: it is asked, given tasks, and says what it does', async () => {
    const { system, raw, seen } = await world()
    const client = await raw()
    const registered = await client.ask('external.register', { id: 'ada', hears: ['review'], says: ['reviewed'], name: 'Ada' })
    expect(registered.payload).toEqual({ id: 'ada', state: 'running' })
    expect(system.state.agents.get('ada')).toMatchObject({ name: 'Ada', hears: ['review'], says: ['reviewed'] })
    const answer = system.ask('ada', { type: 'review', path: 'a' })
    const first = (await client.until(({ type }) => type === 'deliver')).payload
    expect(first).toMatchObject({ agent: 'ada', from: 'system', message: { type: 'review', path: 'a' } })
    await client.ask('external.done', { id: 'ada', delivery: first['delivery'], value: { verdict: 'pass' } })
    expect(await answer).toEqual({ verdict: 'pass' })
    const job = system.spawn(task({ id: 't', to: 'ada', message: { type: 'review', path: 'b' } }))
    const second = (await client.until(({ type, payload }) => type === 'deliver' && payload['task'] !== undefined)).payload
    expect(second['task']).toEqual({ id: 't', attempt: 1, needs: {} })
    const report = (type: string, payload: object) =>
      client.ask(`external.${type}`, { id: 'ada', delivery: second['delivery'], ...payload })
    await report('progress', { percent: 40, note: 'half' })
    await report('output', { data: 'line\n', stream: 'stderr' })
    await client.ask('external.say', { id: 'ada', message: { type: 'reviewed', path: 'b' } })
    await client.ask('external.activity', { id: 'ada', activity: 'reading' })
    await client.ask('external.heartbeat', { id: 'ada' })
    await report('done', { value: 'well' })
    expect(await job.result()).toBe('well')
    expect(seen.events).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'task.progress', id: 't', progress: 40, note: 'half' }),
        expect.objectContaining({ type: 'task.output', id: 't', data: 'line\n', stream: 'stderr' }),
        { type: 'agent.said', id: 'ada', message: { type: 'reviewed', path: 'b' } },
        { type: 'agent.activity', id: 'ada', activity: 'reading' },
        { type: 'agent.heartbeat', id: 'ada' },
      ]),
    )
    expect((await report('done', { value: 'again' })).payload).toMatchObject({ code: 'ENDED' })
  })

  it('is told when what it works on is paused, resumed and cancelled', async () => {
    const { system, raw } = await world()
    const client = await raw()
    await client.ask('external.register', { id: 'ada', hears: ['review'] })
    const job = system.spawn(task({ to: 'ada', message: { type: 'review' } }))
    const { delivery } = (await client.until(({ type }) => type === 'deliver')).payload
    const changed = (change: string) => client.until(({ type, payload }) => type === 'delivery' && payload['change'] === change)
    await job.pause()
    await changed('paused')
    await job.resume()
    await changed('resumed')
    await job.cancel('enough')
    expect((await changed('cancelled')).payload).toMatchObject({ agent: 'ada', delivery })
    expect((await client.ask('external.done', { id: 'ada', delivery, value: 1 })).payload).toMatchObject({ code: 'ENDED' })
  })

  it('fails its work, or crashes, as it says', async () => {
    const { system, raw, seen } = await world()
    const client = await raw()
    await client.ask('external.register', { id: 'ada', hears: ['review'] })
    const fail = async (crashed: boolean) => {
      const before = client.frames.length
      const work = codeOf(system.ask('ada', { type: 'review' }))
      const { delivery } = (await client.until((frame) => frame.type === 'deliver' && client.frames.indexOf(frame) >= before))
        .payload
      await client.ask('external.fail', { id: 'ada', delivery, message: 'no', crashed })
      return work
    }
    expect(await fail(false)).toBe('FAILED')
    expect(system.state.agents.get('ada')?.state).toBe('running')
    expect(await fail(true)).toBe('CRASHED')
    await seen.until(() => seen.states('ada').slice(-3).join() === 'crashed,spawning,running')
    expect(system.state.agents.get('ada')?.restarts).toBe(1)
  })

  it('is delivered again what it had in hand when its client comes back in time', async () => {
    const { system, raw } = await world()
    const first = await raw()
    await first.ask('external.register', { id: 'ada', hears: ['review'] })
    const job = system.spawn(task({ to: 'ada', message: { type: 'review' } }))
    const { delivery } = (await first.until(({ type }) => type === 'deliver')).payload
    await first.close()
    const second = await raw()
    await second.ask('external.register', { id: 'ada', hears: ['review'] })
    expect((await second.until(({ type }) => type === 'deliver')).payload).toMatchObject({ delivery, task: { attempt: 1 } })
    await second.ask('external.done', { id: 'ada', delivery, value: 'late' })
    expect(await job.result()).toBe('late')
  })

  it('has crashed when its client stays away, and its tasks are tried again when it is back', async () => {
    const { system, raw, seen } = await world({ agentWindow: 20 })
    const first = await raw()
    await first.ask('external.register', { id: 'ada', hears: ['review'] })
    const job = system.spawn(task({ to: 'ada', message: { type: 'review' }, retries: 1 }))
    await first.until(({ type }) => type === 'deliver')
    await first.close()
    await seen.until((event) => event.type === 'agent.status' && event.state === 'crashed')
    await seen.until((event) => event.type === 'agent.status' && event.state === 'spawning')
    const second = await raw()
    await second.ask('external.register', { id: 'ada', hears: ['review'] })
    const { delivery, task: again } = (await second.until(({ type }) => type === 'deliver')).payload
    expect(again).toMatchObject({ attempt: 2 })
    await second.ask('external.done', { id: 'ada', delivery, value: 1 })
    expect(await job.result()).toBe(1)
  })

  it('is nobody else’s: neither to register nor to report for', async () => {
    const { raw, client, token } = await world()
    await (await raw()).ask('external.register', { id: 'ada', hears: ['review'] })
    const eve = await raw('eve')
    expect((await eve.ask('external.register', { id: 'ada', hears: [] })).payload).toMatchObject({ code: 'ID_TAKEN' })
    expect((await eve.ask('external.say', { id: 'ada', message: { type: 'lie' } })).payload).toMatchObject({ code: 'NOT_FOUND' })
    expect((await eve.ask('external.register', { id: 'bob', hears: [] })).payload).toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('does not allow working as bob; its agents are ada'),
    })
    const mallory = await client()
    await mallory.hello({
      token: await token({ sub: 'm', permissions: ['read', 'write'], agents: ['*'], channels: { write: ['task.#'] } }),
    })
    expect((await mallory.ask('external.register', { id: 'zoe', hears: [] })).payload).toMatchObject({ code: 'FORBIDDEN' })
  })

  it('ends with unregister, with the farewell of its client, or by whoever stops it, and says so', async () => {
    const { system, raw, seen } = await world()
    const stopped = () => seen.until((event) => event.type === 'agent.status' && event.state === 'stopped')
    const client = await raw()
    await client.ask('external.register', { id: 'ada', hears: [] })
    await system.agent('ada').stop()
    expect((await client.until(({ type }) => type === 'dismissed')).payload).toEqual({ agent: 'ada' })
    await stopped()
    expect((await client.ask('external.register', { id: 'ada', hears: [] })).payload).toMatchObject({ code: 'ID_TAKEN' })
  })

  it('stops when its client says goodbye', async () => {
    const { raw, seen } = await world()
    const client = await raw()
    await client.ask('external.register', { id: 'ada', hears: [] })
    client.say('close')
    await seen.until((event) => event.type === 'agent.status' && event.state === 'stopped')
  })
})

const reviewer = agent('reviewer', {
  hears: { review: { path: z.string() }, boom: {}, wait: {} },
  says: { reviewed: { path: z.string() } },
  on: {
    async review({ path }, { say, progress, output, fail }) {
      if (path === 'bad') fail('bad path', { path })
      progress(50, 'half')
      output('reading\n')
      say({ type: 'reviewed', path })
      return `${path} is fine`
    },
    boom() {
      throw new Error('boom')
    },
    wait: (_, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
  },
})

describe('a definition that is served from afar', () => {
  it('does there what it does here', async () => {
    const { system, remote, seen } = await world()
    const ada = serve(await remote(), reviewer, { id: 'ada' })
    await ada.ready
    expect(system.state.agents.get('ada')).toMatchObject({ definition: 'reviewer', hears: ['review', 'boom', 'wait'] })
    expect(await system.ask('ada', { type: 'review', path: 'x' })).toBe('x is fine')
    const job = system.spawn(task({ id: 't', to: 'ada', message: { type: 'review', path: 'y' } }))
    expect(await job.result()).toBe('y is fine')
    await seen.until((event) => event.type === 'agent.said' && event.message['path'] === 'y')
    expect(seen.events).toContainEqual(expect.objectContaining({ type: 'task.output', id: 't', data: 'reading\n' }))
    expect(seen.events).toContainEqual(expect.objectContaining({ type: 'task.progress', id: 't', progress: 50 }))
    await expect(system.ask('ada', { type: 'review', path: 'bad' })).rejects.toMatchObject({
      code: 'FAILED',
      message: 'bad path',
      details: { path: 'bad' },
    })
  })

  it('crashes there when its handler throws, and goes on', async () => {
    const { system, remote, seen } = await world()
    await serve(await remote(), reviewer, { id: 'ada' }).ready
    expect(await codeOf(system.ask('ada', { type: 'boom' }))).toBe('CRASHED')
    await seen.until((event) => event.type === 'agent.status' && event.state === 'running' && event.from === 'spawning')
    expect(await system.ask('ada', { type: 'review', path: 'x' })).toBe('x is fine')
    expect(system.state.agents.get('ada')?.restarts).toBe(1)
  })

  it('is a member of a swarm, and cancelled like any other', async () => {
    const { system, remote } = await world()
    await serve(await remote(), reviewer, { id: 'ada' }).ready
    const squad = system.spawn(swarm({ goal: 'review', members: [system.agent('ada')] }))
    const job = system.spawn(task({ to: squad, message: { type: 'wait' } }))
    await record(system).until((event) => event.type === 'task.status' && event.state === 'running')
    await job.cancel('enough')
    expect(await codeOf(job.result())).toBe('CANCELLED')
    expect(await system.ask('ada', { type: 'review', path: 'x' })).toBe('x is fine')
  })

  it('goes on over a lost connection: what it did meanwhile is told once', async () => {
    const { system, remote } = await world()
    const client = await remote()
    let release = () => {}
    let runs = 0
    let begun = () => {}
    const gate = new Promise((resolve) => {
      release = () => resolve('done')
    })
    const started = new Promise<void>((resolve) => {
      begun = resolve
    })
    const slow = agent('slow', {
      hears: { work: {} },
      on: {
        work: () => {
          runs++
          begun()
          return gate
        },
      },
    })
    await serve(client, slow, { id: 'ada' }).ready
    const job = system.spawn(task({ to: 'ada', message: { type: 'work' } }))
    await started
    client.reconnect()
    release()
    expect(await job.result()).toBe('done')
    expect({ runs, attempts: system.state.tasks.get(job.id)?.attempt }).toEqual({ runs: 1, attempts: 1 })
  })

  it('is told what refuses it', async () => {
    const { remote } = await world()
    const client = await remote()
    expect(await codeOf(serve(client, reviewer, { id: 'bob' }).ready)).toBe('FORBIDDEN')
    const ada = serve(client, reviewer, { id: 'ada' })
    await ada.ready
    expect(await codeOf(serve(client, reviewer, { id: 'ada' }).ready)).toBe('ID_TAKEN')
    await ada.unregister('enough')
    await ada.ended
  })
})
