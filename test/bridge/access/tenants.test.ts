import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { swarm, task } from '../../../actors/index.js'
import { Rights } from '../../../bridge/principal.js'
import { visible } from '../../../bridge/visible.js'
import { type Command, type CommandType, commands } from '../../../src/protocol/command.js'
import { messagesOf } from '../../kit/arbitrary.js'
import { samples } from '../../kit/commands.js'
import { settle } from '../../kit/quiet.js'
import { alike, type Estate, estate, furnish, member } from '../../kit/tenants.js'

const made: Estate[] = []
afterEach(async () => {
  for (const { system } of made.splice(0)) await system.stop({ force: true })
})

const place = (): Estate => {
  const one = estate()
  made.push(one)
  return one
}

/** Commands that begin something under an id of their own: that one is taken is told, by whom is not. */
const begins = /^(agent\.spawn|task\.(create|approval|graph)|swarm\.create|ballot\.propose|schedule\.create|external\.register)$/

const whole = async ({ system }: Estate, tenant: string) =>
  alike(visible(system.state, new Rights(member(tenant, { sub: 'watcher' }))))

/** The sample as it names what the tenant has, where ids cannot be chosen. */
const aimed = (type: CommandType, at: { readonly item: string; readonly letter: string }): Command => {
  const sample = samples[type]
  if (type.startsWith('attention.') && 'id' in sample) return { ...sample, id: at.item } as Command
  if (type === 'dead-letter.replay') return { ...sample, id: at.letter } as Command
  return sample
}

describe('to a client of one tenant, what is another tenant’s is as if it were not there', () => {
  it.each((Object.keys(commands) as CommandType[]).filter((type) => type !== 'external.register'))('%s', async (type) => {
    const [full, empty] = [place(), place()]
    const ids = await furnish(full, 'acme')
    const before = await whole(full, 'acme')
    const command = aimed(type, ids)
    const stranger = member('blue')
    const [there, nowhere] = await Promise.all([full.run(stranger, command), empty.run(stranger, command)])
    await Promise.all([settle(), settle()])
    expect(alike(there)).toEqual(alike(nowhere))
    expect(await whole(full, 'blue')).toEqual(await whole(empty, 'blue'))
    expect(await whole(full, 'acme')).toEqual(before)
  })

  it.each((Object.keys(commands) as CommandType[]).filter((type) => begins.test(type) && type !== 'external.register'))(
    '%s under an id that another has: it is taken, and no more is told',
    async (type) => {
      const full = place()
      await furnish(full, 'acme')
      const voters = type === 'ballot.propose' ? { voters: ['bob'] } : {}
      await full.run(member('blue'), { type: 'agent.spawn', definition: 'greeter', id: 'bea' })
      const own = 'to' in samples[type] ? { to: 'bea' } : {}
      const graph = type === 'task.graph' ? { tasks: { one: { to: 'bea', message: { type: 'wait' } } } } : {}
      for (const id of ['ada', 'x1', 's1', 't1', 'b1'])
        expect(await full.run(member('blue'), { ...samples[type], ...voters, ...own, ...graph, id } as Command)).toMatchObject({
          error: {
            code: 'ID_TAKEN',
            message: `The id ${id} is in use, or was used by something that has ended; choose another.`,
          },
        })
      expect(await full.run(member('blue'), { type: 'external.register', id: 'x1', hears: ['greet'] })).toMatchObject({
        error: { code: 'ID_TAKEN', message: expect.stringContaining('in use') },
      })
    },
  )

  it('whatever is asked, in whatever order', { timeout: 60_000 }, async () => {
    const known = fc.constantFrom('ada', 'x1', 's1', 't1', 'a1', 'b1', 'x', 'mine', 'gone')
    const pools = Object.fromEntries(
      ['id', 'to', 'from', 'agent', 'task', 'parent', 'voter', 'swarm', 'needs[]', 'needs.', 'voters[]', 'ids[]', 'subject'].map(
        (name) => [`${name}:string`, known],
      ),
    )
    const words = {
      ...pools,
      'definition:string': fc.constant('greeter'),
      'topic:string': fc.constantFrom('team.red', 'agent.ada.x', 'task.t1.status'),
      'type:string': fc.constantFrom('greet', 'wait'),
      'next:string': fc.constant('none'),
    }
    const one = fc.constantFrom(...(Object.keys(commands) as CommandType[])).chain((type) =>
      messagesOf(commands[type], words).map((message) => {
        const command = message as unknown as Command
        return begins.test(type) && 'id' in command ? { ...command, id: 'mine' } : command
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 12 }), async (asked) => {
        const [full, empty] = [place(), place()]
        await furnish(full, 'acme')
        const before = await whole(full, 'acme')
        const blue = member('blue')
        for (const command of asked) {
          const outcomes: unknown[] = []
          for (const each of [full, empty]) {
            // What waits for an answer that never comes is not waited for.
            void each.run(blue, command).then((outcome) => outcomes.push([each === full, alike(outcome)]))
            await settle()
          }
          const [there, nowhere] = [true, false].map((which) =>
            (outcomes as [boolean, unknown][]).filter(([first]) => first === which).map(([, outcome]) => outcome),
          )
          expect(there).toEqual(nowhere)
        }
        expect(await whole(full, 'blue')).toEqual(await whole(empty, 'blue'))
        expect(await whole(full, 'acme')).toEqual(before)
        for (const { system } of made.splice(0)) await system.stop({ force: true })
      }),
      { numRuns: 60 },
    )
  })
})

describe('a tenant', () => {
  it('has what its clients and their agents begin, and what is given to its agents', async () => {
    const { run, system } = place()
    await run(member('acme'), { type: 'agent.spawn', definition: 'greeter', id: 'ada' })
    const crew = system.spawn(swarm({ id: 'crew', goal: 'x', members: ['ada'] }))
    const work = system.spawn(task({ id: 'work', to: 'crew', message: { type: 'wait' } }))
    await Promise.all([crew.ready, work.ready])
    const { agents, swarms, tasks } = system.state
    expect([agents.get('ada'), swarms.get('crew'), tasks.get('work')].map((entry) => entry?.tenant)).toEqual([
      'acme',
      'acme',
      'acme',
    ])
    const { entries } = await system.journal.read({ epoch: system.journal.epoch, offset: 0 }, (topic) =>
      /ada|crew|work/.test(topic),
    )
    expect(new Set(entries.map(({ tenant }) => tenant))).toEqual(new Set(['acme']))
  })

  it('shares no swarm and no task with another, whoever forms it', async () => {
    const { run, system } = place()
    for (const tenant of ['acme', 'blue'])
      await run(member(tenant), { type: 'agent.spawn', definition: 'greeter', id: tenant === 'acme' ? 'ada' : 'bea' })
    const mixed = system.spawn(swarm({ goal: 'x', members: ['ada', 'bea'] }))
    await expect(mixed.ready).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const crew = system.spawn(swarm({ id: 'crew', goal: 'x', members: ['ada'] }))
    await expect(crew.join('bea')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const ballot = system.propose('Well?', { voters: ['ada', 'bea'], choices: ['yes'] })
    await ballot.ready
    // An agent without an opinion abstains; the other one is no agent to it.
    expect(system.state.ballots.get(ballot.id)?.votes).toEqual({ ada: null })
  })

  it('is above nobody: only who has none and may do everything sees all', async () => {
    const { run, system } = place()
    await run(member('acme'), { type: 'agent.spawn', definition: 'greeter', id: 'ada' })
    const ids = async (tenant: string | undefined, permissions: Parameters<typeof member>[1]) =>
      visible(system.state, new Rights(member(tenant, permissions))).agents.map(({ id }) => id)
    expect(await ids(undefined, {})).toEqual(['ada'])
    expect(await ids(undefined, { permissions: ['read', 'write', 'agent_control', 'system_monitor'] })).toEqual([])
    expect(await ids('blue', {})).toEqual([])
    for (const command of ['metrics.get', 'token.revoke'] as const)
      expect(await run(member('blue'), samples[command])).toMatchObject({ error: { code: 'FORBIDDEN' } })
  })

  it('hears of its own dead letters and alarms, and of nothing else of the system', () => {
    const mine = new Rights(member('acme'))
    expect(mine.mayRead('system.attention', 'acme')).toBe(true)
    expect(mine.mayRead('system.attention', 'blue')).toBe(false)
    expect(mine.mayRead('system.traffic', undefined)).toBe(false)
    expect(new Rights(member(undefined)).mayRead('system.traffic', undefined)).toBe(true)
  })
})
