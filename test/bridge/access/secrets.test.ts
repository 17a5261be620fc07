/** A secret is put in wherever somebody could put one; afterwards it is nowhere. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../../actors/index.js'
import { type Driver, drivers } from '../../kit/drivers.js'
import { connectRaw, refusedUpgrade } from '../../kit/tclient.js'
import { open, setUp } from '../../kit/world.js'

const canary = 'canary-7c1f2a9d'
const variable = { API_TOKEN: canary, DB_PASSWORD: canary, PATH: '/bin' }

/** Keeps what it was given, which is what it is for. */
const given: unknown[] = []
const keeper = agent('keeper', {
  hears: { use: { env: z.record(z.string(), z.string()) }, boom: {} },
  on: {
    use: ({ env }) => void given.push(env['API_TOKEN']),
    boom: () => {
      throw new Error('it broke')
    },
  },
})

const everything = async ({ system, errors }: Pick<Awaited<ReturnType<typeof setUp>>, 'system' | 'errors'>) => {
  const { journal } = system
  const { entries } = await journal.read({ epoch: journal.epoch, offset: 0 }, () => true)
  return JSON.stringify([entries, [...(await system.view()).tasks], [...(await system.view()).agents], errors.list])
}

describe('a secret', () => {
  it('in what is given to agents and tasks reaches them, and is written down nowhere', async () => {
    given.length = 0
    const at = await setUp({ spawnable: [keeper], audit: true })
    const boss = await at.welcome()
    await boss.ask('subscribe', { patterns: ['#'] })
    const metadata = { password: canary, deep: { list: [{ 'api-key': canary }] }, tokens: 7, kind: 'plain' }
    await boss.ask('agent.spawn', { definition: 'keeper', id: 'ada', metadata })
    await boss.ask('swarm.create', { id: 's1', goal: 'x', metadata })
    await boss.ask('swarm.update', { id: 's1', metadata: { cookie: canary } })
    const work = { id: 't1', to: 'ada', message: { type: 'use', env: variable }, metadata }
    await boss.ask('task.create', work)
    await boss.ask('task.update', { id: 't1', metadata: { secret: canary } })
    await boss.ask('ballot.propose', { question: 'Well?', choices: ['yes'], voters: ['ann'], metadata })
    await boss.ask('agent.send', { to: 'nobody', message: { type: 'use', env: variable } })
    await boss.ask('channel.publish', { topic: 'team.x', body: 1, metadata })
    const view = await boss.ask('view.get')
    expect(given).toEqual([canary])
    expect(await everything(at)).not.toContain(canary)
    expect(JSON.stringify([boss.frames, view])).not.toContain(canary)
    expect(at.system.state.agents.get('ada')?.metadata).toEqual({
      password: '[redacted]',
      deep: { list: [{ 'api-key': '[redacted]' }] },
      tokens: 7,
      kind: 'plain',
    })
    expect(at.system.state.tasks.get('t1')?.message).toMatchObject({ env: { PATH: '/bin', API_TOKEN: '[redacted]' } })
  })

  it('is written down where the application says that it may be, under names of its own', async () => {
    const all = await setUp({}, { redact: false })
    all.system.spawn(keeper, { id: 'ada', metadata: { password: canary } })
    expect(await everything(all)).toContain(canary)
    const redact = /^pin$/g
    const own = await setUp({}, { redact })
    own.system.spawn(keeper, { id: 'ada', metadata: { pin: canary, also: { pin: canary }, password: 'shown' } })
    const seen = await everything(own)
    expect(seen).not.toContain(canary)
    expect(seen).toContain('shown')
  })

  it('in an address, a header or a hello is in no answer, no page, no event and no error', async () => {
    const at = await setUp({ audit: true })
    const pages = await Promise.all(
      ['/healthz', '/readyz', '/nothing', '/native', '/ws'].map(async (path) => {
        const response = await fetch(`${at.http}${path}?token=${canary}`, { headers: { authorization: `Bearer ${canary}` } })
        return [...response.headers, await response.text()]
      }),
    )
    const upgrade = await refusedUpgrade(`${at.bridge.url}/x?token=${canary}`, { protocols: ['none'] })
    const socket = await connectRaw(`${at.bridge.url}/?token=${canary}`)
    socket.say('hello', {})
    const said = await connectRaw(at.bridge.url)
    said.say('hello', { token: canary, metadata: { password: canary } })
    const reasons = await Promise.all([socket.closed, said.closed])
    const inside = await at.welcome()
    await inside.ask('refresh', { token: `${canary}.x.y` })
    await inside.ask('refresh', { token: { canary: 1 } })
    const told = JSON.stringify([pages, upgrade, socket.frames, said.frames, reasons])
    expect(told).not.toContain(canary)
    expect(await everything(at)).not.toContain(canary)
  })

  it('in what an application’s own check fails with stays inside', async () => {
    const at = await setUp({
      authenticate: () => {
        throw new Error(`postgres://me:${canary}@db refused`)
      },
    })
    const one = await connectRaw(at.bridge.url)
    one.say('hello', { token: 'x' })
    expect(await one.closed).toMatchObject({ code: 4401, reason: expect.not.stringContaining(canary) })
    expect(JSON.stringify(one.frames)).not.toContain(canary)
    expect(at.errors.list).toEqual([`authenticate: postgres://me:${canary}@db refused`])
  })
})

describe.each(drivers.map((driver): readonly [string, Driver] => [driver.name, driver]))('%s', (_, driver) => {
  it('tells nobody the token of who is turned away', async () => {
    const at = await setUp({ audit: true })
    const one = await driver.knock(at.bridge.url, canary)
    open.push(() => one.close())
    const { reason } = await one.ended
    expect(JSON.stringify([one.frames, reason])).not.toContain(canary)
    expect(await everything(at)).not.toContain(canary)
  })
})
