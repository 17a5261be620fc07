import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, graph, task } from '../../../actors/index.js'
import type { SystemOptions } from '../../../src/system/system.js'
import { createLives } from '../../kit/mortal.js'
import { settle } from '../../kit/quiet.js'

const runner = agent('runner', {
  hears: { run: { command: z.string(), env: z.record(z.string(), z.string()).optional() } },
  options: z.object({ env: z.record(z.string(), z.string()).optional() }),
  on: {
    run: (message, { signal }) =>
      new Promise((done) => (message.env ? done(message.env) : signal.addEventListener('abort', done))),
  },
})
const secret = 'hunter2'
const handed = { type: 'run', command: 'deploy', env: { API_KEY: secret, REGION: 'north' } } as const

const begun = async (options: Pick<SystemOptions, 'redact'> = {}) => {
  const lives = createLives()
  const first = lives.begin(0, options)
  const { system } = first
  system.spawn(runner, { id: 'busy', metadata: { password: secret, team: 'red' } })
  await system.spawn(task({ id: 'blocks', to: 'busy', message: { type: 'run', command: 'wait' }, retries: 1 })).ready
  return { lives, system, kill: () => first.kill(), next: () => lives.begin(1_000, options).system, options }
}

const written = ({ lives }: Pick<Awaited<ReturnType<typeof begun>>, 'lives'>): string =>
  JSON.stringify([
    [...lives.journal.records.list('')],
    lives.journal.read({ epoch: lives.journal.epoch, offset: 0 }, () => true).entries,
  ])

describe('what looks like a secret, and the process ends', () => {
  it('is in no record, and a task that needs it fails and says what is missing', async () => {
    const world = await begun()
    const { system } = world
    await system.spawn(task({ id: 'deploy', to: 'busy', message: handed })).ready
    await system.spawn(
      graph({ id: 'both', tasks: { one: { to: 'busy', message: handed }, two: { to: 'busy', message: handed } } }),
    ).ready
    await settle()
    expect(written(world)).not.toContain(secret)
    world.kill()
    const next = world.next()
    const { tasks, agents, aside } = await next.recover([runner])
    expect([agents, tasks]).toEqual([['busy'], ['blocks', 'both']])
    expect(next.state.agents.get('busy')?.metadata).toEqual({ password: '[redacted]', team: 'red' })
    expect(aside.map(({ id }) => id)).toEqual(expect.arrayContaining(['deploy']))
    expect(next.state.tasks.get('deploy')).toMatchObject({
      state: 'failed',
      error: {
        code: 'FAILED',
        message: expect.stringMatching(/message\.env\.API_KEY looks like a secret, so it was kept nowhere/),
      },
    })
    await settle()
    expect(next.state.tasks.get('both')).toMatchObject({ state: 'failed' })
    expect(written(world)).not.toContain(secret)
    await next.stop({ force: true })
  })

  it('among the options of an agent: it is not brought back without', async () => {
    const world = await begun()
    await world.system.spawn(runner, { id: 'keyed', options: { env: { API_KEY: secret } } }).ready
    await world.system.spawn(runner, { id: 'plain', options: { env: { REGION: 'north' } } }).ready
    expect(written(world)).not.toContain(secret)
    world.kill()
    const next = world.next()
    expect((await next.recover([runner])).agents).toEqual(['busy', 'plain'])
    expect(next.state.agents.get('keyed')).toMatchObject({
      state: 'stopped',
      error: { message: expect.stringContaining('options.env.API_KEY looks like a secret') },
    })
    await next.stop({ force: true })
  })

  it('in a message that waits, comes later, or reached nobody: none of these goes on as if it were whole', async () => {
    const world = await begun()
    const { system } = world
    const ann = system.as('ann')
    ann.send('busy', handed as never)
    ann.schedule('busy', handed as never, { after: 60_000 }, { id: 'later' })
    ann.send('nobody', handed as never)
    const [letter] = await system.deadLetters()
    expect(letter?.message).toEqual(handed)
    await settle()
    expect(written(world)).not.toContain(secret)
    world.kill()
    const next = world.next()
    const { schedules, letters, aside } = await next.recover([runner])
    expect([schedules, letters]).toEqual([[], 0])
    expect(aside.map(({ kind }) => kind)).toEqual(['schedule'])
    const dead = await next.deadLetters()
    expect(dead.map(({ to, reason }) => [to, reason])).toEqual([
      ['busy', 'invalid'],
      ['nobody', 'no-actor'],
    ])
    for (const { id } of dead)
      await expect(next.replay(id)).rejects.toMatchObject({
        code: 'INVALID_STATE',
        message: expect.stringContaining('message.env.API_KEY looks like a secret'),
      })
    expect([...world.lives.journal.records.list('letter/')]).toEqual([])
    expect(written(world)).not.toContain(secret)
    await next.stop({ force: true })
  })

  it('is kept where the application says so, and goes on', async () => {
    const world = await begun({ redact: false })
    await world.system.spawn(task({ id: 'deploy', to: 'busy', message: handed })).ready
    expect(written(world)).toContain(secret)
    world.kill()
    const next = world.next()
    expect((await next.recover([runner])).tasks).toEqual(['blocks', 'deploy'])
    await next.stop({ force: true })
  })
})
