/** What a command touches beside what it names is judged too. */
import { describe, expect, it } from 'vitest'
import { swarm, task } from '../../../actors/index.js'
import type { Principal } from '../../../bridge/principal.js'
import type { Command } from '../../../src/protocol/command.js'
import { settle } from '../../kit/quiet.js'
import { greeter, member, served } from '../../kit/tenants.js'
import { setUp } from '../../kit/world.js'

/** Two agents, of which clients control one, with work in the hands of the other. */
const place = async () => {
  const { system } = await setUp({ spawnable: [greeter] })
  for (const id of ['ada', 'bob']) await system.spawn(greeter, { id }).ready
  await system.spawn(task({ id: 'busy', to: 'bob', message: { type: 'wait' } })).ready
  await system.spawn(swarm({ id: 'crew', goal: 'x', members: ['ada', 'bob'] })).ready
  const { run } = served(system)
  const outcome = async (principal: Principal, command: Command) => {
    const came = await run(principal, command)
    return came.receipt === 'rejected' ? came.error.code : came.receipt
  }
  return { system, run, outcome }
}

const some = (more: Partial<Principal>) =>
  member(undefined, { sub: 'eve', permissions: ['read', 'write', 'agent_control'], ...more })

describe('whoever does not control an agent', () => {
  it.each<Command>([
    { type: 'task.pause', id: 'busy' },
    { type: 'task.resume', id: 'busy' },
    { type: 'task.cancel', id: 'busy' },
    { type: 'task.forget', id: 'busy' },
    { type: 'task.create', to: 'crew', message: { type: 'wait' } },
    { type: 'task.graph', tasks: { one: { to: 'crew', message: { type: 'wait' } } } },
    { type: 'swarm.pause', id: 'crew' },
    { type: 'swarm.resume', id: 'crew' },
    { type: 'swarm.dissolve', id: 'crew' },
    { type: 'swarm.leave', id: 'crew', agent: 'bob' },
    { type: 'swarm.hand-over', id: 'crew', task: 'busy', reason: 'x' },
    { type: 'schedule.cancel', id: 'beat' },
  ])('neither begins, holds up nor ends its work: $type', async (command) => {
    const { system, outcome } = await place()
    await system.schedule('bob', { type: 'wait' }, { after: 1e9 }, { id: 'beat' }).ready
    const before = system.journal.head
    for (const permissions of [['write', 'agent_control'], ['agent_control']] as const)
      expect(await outcome(some({ permissions, controls: ['ada'] }), command)).toBe('FORBIDDEN')
    expect(system.journal.head).toBe(before)
    expect(await outcome(some({ controls: ['ada', 'bob'] }), command)).not.toBe('FORBIDDEN')
  })

  it('does not end what others do as a part of a task of its own making', async () => {
    const { system, outcome } = await place()
    await system.spawn(task({ id: 'whole', to: 'ada', message: { type: 'wait' } })).ready
    await system.spawn(task({ id: 'part', to: 'bob', parent: 'whole', message: { type: 'wait' } })).ready
    expect(await outcome(some({ controls: ['ada'] }), { type: 'task.cancel', id: 'whole' })).toBe('FORBIDDEN')
    expect(system.state.tasks.get('part')?.state).not.toBe('cancelled')
  })
})

describe('a task', () => {
  it('is no way to the results of tasks that the token may not read', async () => {
    const { system, outcome } = await place()
    await system.spawn(task({ id: 'secret', to: 'ada', message: { type: 'greet', name: 'nobody' } })).result()
    const eve = some({ read: ['task.mine.#'] })
    const work = { to: 'ada', message: { type: 'wait' } }
    for (const needs of [['secret'], { it: 'secret' }]) {
      expect(await outcome(eve, { type: 'task.create', ...work, needs })).toBe('FORBIDDEN')
      expect(await outcome(eve, { type: 'task.approval', question: 'Well?', needs })).toBe('FORBIDDEN')
      expect(await outcome(eve, { type: 'task.graph', tasks: { one: { ...work, needs } } })).toBe('FORBIDDEN')
    }
    expect(await outcome(eve, { type: 'task.graph', tasks: { one: work, two: { ...work, needs: ['one'] } } })).toBe('applied')
    expect(await outcome(some({}), { type: 'task.create', ...work, needs: ['secret'] })).toBe('applied')
  })

  it('is a part of another only for who may act on that', async () => {
    const { system, outcome } = await place()
    const eve = some({ write: ['task.new', 'agent.ada'] })
    const work = { to: 'ada', message: { type: 'wait' } }
    expect(await outcome(eve, { type: 'task.create', ...work, parent: 'busy' })).toBe('FORBIDDEN')
    expect(await outcome(eve, { type: 'task.approval', question: 'Well?', parent: 'busy' })).toBe('FORBIDDEN')
    expect(await outcome(eve, { type: 'task.graph', tasks: { one: work }, parent: 'busy' })).toBe('FORBIDDEN')
    expect(system.state.tasks.get('busy')?.parts).toEqual([])
    expect(await outcome(eve, { type: 'task.create', ...work })).toBe('applied')
  })
})

describe('dead letters', () => {
  it('are listed for who may hear of them, and sent again by who may speak to whom they go to', async () => {
    const { system, outcome } = await place()
    system.send('carl', { type: 'secret' } as never)
    await settle()
    const [letter] = await system.deadLetters()
    const list = { type: 'dead-letter.list' } as const
    expect(await outcome(some({ permissions: ['system_monitor'] }), list)).toBe('FORBIDDEN')
    expect(await outcome(some({ permissions: ['read', 'system_monitor'], read: ['task.#'] }), list)).toBe('FORBIDDEN')
    expect(await outcome(some({ permissions: ['read', 'system_monitor'], read: ['system.#'] }), list)).toBe('applied')
    const replay = { type: 'dead-letter.replay', id: letter?.id ?? '' } as const
    system.announce(
      { type: 'client.status', id: 'carl', session: 's', state: 'connected', dialect: 'native', since: 0 },
      'system',
    )
    expect(await outcome(some({ write: ['agent.#'] }), replay)).toBe('FORBIDDEN')
    expect(await outcome(some({ write: ['client.#'] }), replay)).toBe('applied')
  })
})

describe('dead letters of one tenant', () => {
  it('are not forgotten for those of another that has very many', async () => {
    const { system } = await setUp({}, { deadLetters: { keep: 3 } })
    const lose = (tenant: string, times: number) => {
      for (let n = 0; n < times; n++) system.as('ann', undefined, { tenant }).send('nobody', { type: 'x' } as never)
    }
    lose('acme', 1)
    lose('blue', 20)
    await settle()
    expect((await system.deadLetters()).map(({ tenant }) => tenant)).toEqual(['blue', 'blue', 'acme'])
  })
})

describe('the audit channel', () => {
  it('is written by the bridge alone', async () => {
    const { outcome } = await place()
    for (const tenant of [undefined, 'blue'])
      for (const topic of ['system.audit', 'system.audit.more'])
        expect(await outcome(member(tenant), { type: 'channel.publish', topic, body: { action: 'login' } })).toBe('FORBIDDEN')
  })
})

describe('the page of the health', () => {
  it('counts what is no tenant’s: whoever asks has none', async () => {
    const at = await setUp({ spawnable: [greeter] })
    for (const tenant of ['acme', 'blue', undefined]) await at.system.spawn(greeter, tenant === undefined ? {} : { tenant }).ready
    for (const path of ['/healthz', '/readyz']) {
      const answer = await fetch(at.http + path)
      expect(await answer.json()).toMatchObject({ agents: 1, tasks: 0, swarms: 0 })
    }
  })
})

describe('a client', () => {
  it('is not called what the system is called: who did what would be in doubt', async () => {
    const at = await setUp()
    const one = await at.client()
    one.say('hello', { token: await at.token({ sub: 'system' }) })
    expect(await one.closed).toMatchObject({ code: 4401, reason: expect.stringContaining('take another sub') })
  })
})
