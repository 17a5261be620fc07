import { describe, expect, it } from 'vitest'
import type { Command } from '../../../src/protocol/command.js'
import type { Envelope } from '../../../src/protocol/envelope.js'
import { createLives } from '../../kit/mortal.js'
import { settle } from '../../kit/quiet.js'
import { furnish, greeter, member, served } from '../../kit/tenants.js'

const acmes = { agents: ['ada', 'x1'], tasks: ['a1', 't1'], swarms: ['s1'], ballots: ['b1'] }
const lists = ['agents', 'tasks', 'swarms', 'ballots'] as const

/** Two tenants, of which one has something of everything, and the next life of their system. */
const killed = async () => {
  const lives = createLives()
  const first = lives.begin(0)
  first.system.define(greeter)
  const before = served(first.system)
  await furnish(before, 'acme')
  const blue = member('blue')
  await before.run(blue, { type: 'agent.spawn', definition: 'greeter', id: 'bert' })
  await before.run(blue, { type: 'task.create', id: 't2', to: 'bert', message: { type: 'wait' } })
  await before.run(blue, { type: 'agent.send', to: 'lost', message: { type: 'greet', name: 'blue' } })
  await settle()
  first.kill()
  const { system, clock, errors } = lives.begin()
  const heard: Envelope[] = []
  system.listen('#', (envelope) => heard.push(envelope))
  await system.recover([greeter])
  await settle()
  return { ...served(system), clock, errors, heard, blue, acme: member('acme') }
}

const seenBy = async ({ system }: Awaited<ReturnType<typeof killed>>, tenant: string) => {
  const stage = system.as('ann', undefined, { tenant })
  const view = await stage.view()
  return {
    ...Object.fromEntries(lists.map((list) => [list, [...view[list].keys()].sort()])),
    attention: (await stage.attention.list()).map(({ kind, subject }) => `${kind} ${subject}`),
    letters: (await stage.deadLetters()).map(({ to }) => to),
  }
}

describe('tenants in another process', () => {
  it('have what was theirs, and see nothing of each other', async () => {
    const world = await killed()
    expect(world.errors).toEqual([])
    expect(await seenBy(world, 'acme')).toMatchObject({
      ...acmes,
      attention: expect.arrayContaining(['approval a1', 'dead-letter gone']),
      letters: ['gone'],
    })
    expect(await seenBy(world, 'blue')).toMatchObject({
      ...{ agents: ['bert'], tasks: ['t2'], swarms: [], ballots: [] },
      ...{ attention: ['dead-letter lost'], letters: ['lost'] },
    })
    for (const id of ['ada', 's1', 't1', 'a1', 'b1', 'x1']) expect([id, world.system.tenantOf(id)]).toEqual([id, 'acme'])
    await world.system.stop({ force: true })
  })

  it('go on within their own: what is said of what came back is told to its tenant alone', async () => {
    const { system, run, heard, acme, blue } = await killed()
    const greet = (id: string) => ({ type: 'agent.ask', to: id, message: { type: 'greet', name: 'Bob' } }) as const
    expect(await run(acme, greet('bert'))).toMatchObject({ receipt: 'rejected', error: { code: 'NOT_FOUND' } })
    expect(await run(blue, { type: 'task.cancel', id: 'a1' })).toMatchObject({ error: { code: 'NOT_FOUND' } })
    expect(await run(acme, { type: 'task.cancel', id: 'a1' })).toMatchObject({ receipt: 'applied' })
    expect(await run(blue, { type: 'ballot.vote', id: 'b1', voter: 'ann', choice: 'yes' })).toMatchObject({
      error: { code: 'NOT_FOUND' },
    })
    expect(await run(acme, { type: 'ballot.vote', id: 'b1', voter: 'ann', choice: 'yes' })).toMatchObject({ receipt: 'applied' })
    await run(acme, { type: 'swarm.dissolve', id: 's1' })
    await system.stop({ force: true })
    const tenantsOf = (topics: RegExp) => new Set(heard.filter(({ topic }) => topics.test(topic)).map(({ tenant }) => tenant))
    expect(tenantsOf(/\.(ada|x1|s1|t1|a1|b1)\./)).toEqual(new Set(['acme']))
    expect(tenantsOf(/\.(bert|t2)\./)).toEqual(new Set(['blue']))
  })

  it('get back the agents that their own clients work as, and no client of the same name elsewhere does', async () => {
    const { system, run, acme, blue } = await killed()
    const register = { type: 'external.register', id: 'x1', hears: ['greet'] } satisfies Command
    expect(system.absent.get('x1')).toMatchObject({ tenant: 'acme', source: 'ann' })
    expect(await run(blue, register)).toMatchObject({ receipt: 'rejected', error: { code: 'ID_TAKEN' } })
    expect(await run(member(undefined), register)).toMatchObject({ receipt: 'rejected', error: { code: 'ID_TAKEN' } })
    expect(await run(acme, register)).toMatchObject({ receipt: 'applied' })
    expect(system.absent.size).toBe(0)
    await system.stop({ force: true })
  })

  it('are told apart where somebody belongs to none: what they began reaches no tenant then either', async () => {
    const lives = createLives()
    const first = lives.begin(0)
    first.system.define(greeter)
    const nobody = member(undefined, { permissions: ['read', 'write', 'agent_control'] })
    const before = served(first.system)
    await before.run(member('acme'), { type: 'agent.spawn', definition: 'greeter', id: 'ada' })
    await before.run(nobody, { type: 'swarm.create', id: 'open', goal: 'to reach ada', members: [] })
    await settle()
    // Also the application cannot bring together in it what it does not see.
    await expect(first.system.swarm('open').join('ada')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    first.kill()
    const { system } = lives.begin()
    await system.recover([greeter])
    await expect(system.swarm('open').join('ada')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await system.stop({ force: true })
  })
})
