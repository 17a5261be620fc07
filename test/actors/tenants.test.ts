import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, swarm, task } from '../../actors/index.js'
import type { Stage } from '../../src/stage.js'
import type { System } from '../../src/system/system.js'
import { type QuietSystem, quietSystem, settle } from '../kit/quiet.js'

const made: System[] = []
afterEach(async () => {
  for (const system of made.splice(0)) await system.stop({ force: true })
})

/** The stage that each agent of this kind stands on, by its id. */
const stages = new Map<string, Stage>()
const heard: string[] = []
const actor = agent('actor', {
  hears: { stand: {}, note: { text: z.string() } },
  on: {
    stand: (_, { stage, id }) => void stages.set(id, stage),
    note: ({ text }, { id }) => void heard.push(`${id} ${text}`),
  },
})

const stageOf = (id: string): Stage => {
  const stage = stages.get(id)
  if (!stage) throw new Error(`${id} does not stand yet`)
  return stage
}

/** Two agents of two tenants, and one of none. */
const place = async (): Promise<QuietSystem> => {
  const quiet = quietSystem()
  made.push(quiet.system)
  heard.length = 0
  for (const [id, tenant] of [
    ['ada', 'acme'],
    ['bea', 'blue'],
    ['cid', undefined],
  ] as const) {
    const ref = quiet.system.spawn(actor, { id, ...(tenant ? { tenant } : {}) })
    await ref.ask({ type: 'stand' })
  }
  return quiet
}

describe('an agent of a tenant', () => {
  it('begins what is its tenant’s, and nothing of another’s', async () => {
    const { system } = await place()
    const stage = stageOf('ada')
    await stage.spawn(actor, { id: 'child' }).ready
    await stage.spawn(swarm({ id: 'crew', goal: 'x', members: ['ada', 'child'] })).ready
    await stage.spawn(task({ id: 'work', to: 'crew', message: { type: 'note', text: 'x' } })).result()
    const { agents, swarms, tasks } = system.state
    expect([agents.get('child'), swarms.get('crew'), tasks.get('work')].map((entry) => entry?.tenant)).toEqual(
      Array(3).fill('acme'),
    )
    await expect(stage.spawn(actor, { tenant: 'blue' }).ready).rejects.toMatchObject({ code: 'FORBIDDEN' })
    for (const other of ['bea', 'cid']) {
      await expect(stage.spawn(task({ to: other, message: { type: 'note', text: 'x' } })).ready).rejects.toMatchObject({
        code: 'NOT_FOUND',
      })
      await expect(stage.spawn(swarm({ goal: 'x', members: [other] })).ready).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
    await expect(stage.spawn(actor, { id: 'bea' }).ready).rejects.toMatchObject({ code: 'ID_TAKEN' })
  })

  it('reaches nobody else: what it sends is its own dead letter, and what it asks is not found', async () => {
    const { system } = await place()
    const stage = stageOf('ada')
    stage.send('bea', { type: 'note', text: 'from ada' })
    await expect(stage.ask('bea', { type: 'note', text: 'from ada' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(stage.agent('bea').pause()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(stage.schedule('bea', { type: 'note', text: 'x' }, { after: 1 }).ready).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await settle()
    expect(heard).toEqual([])
    const [letter] = await stage.deadLetters()
    expect(letter).toMatchObject({ to: 'bea', from: 'ada', tenant: 'acme', reason: 'no-actor' })
    expect(await stageOf('bea').deadLetters()).toEqual([])
    await expect(stageOf('bea').replay(letter?.id ?? '')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    // Sent again by who may, it goes no further than its sender could.
    await system.replay(letter?.id ?? '')
    await settle()
    expect(heard).toEqual([])
    expect((await stage.attention.list()).map(({ subject, tenant }) => [subject, tenant])).toEqual([['bea', 'acme']])
    expect(await stageOf('bea').attention.list()).toEqual([])
  })

  it('hears and sees its own tenant alone', async () => {
    const { system } = await place()
    const seen: string[] = []
    stageOf('ada')
      .channel('#')
      .envelopes.subscribe(({ topic }) => seen.push(topic))
    await stageOf('bea').channel('team.x').publish('from bea')
    await system.channel('team.x').publish('from nobody')
    await stageOf('ada').channel('team.x').publish('from ada')
    system.agent('bea').send({ type: 'note', text: 'x' })
    await system.agent('ada').pause()
    expect(new Set(seen)).toEqual(new Set(['team.x', 'agent.ada.status']))
    expect(seen.filter((topic) => topic === 'team.x')).toHaveLength(1)
    expect([...(await stageOf('ada').view()).agents.keys()]).toEqual(['ada'])
    expect([...(await stageOf('cid').view()).agents.keys()]).toEqual(['ada', 'bea', 'cid'])
  })

  it('counts its own events: no number of one tenant tells of another', async () => {
    await place()
    for (let times = 0; times < 5; times++) await stageOf('bea').channel('team.x').publish(times)
    expect(await stageOf('ada').channel('team.x').publish('first')).toMatchObject({ seq: 1 })
  })

  it('needs no circle of tasks, as nobody does', async () => {
    const { system } = await place()
    const own = system.as('ann', undefined, { tenant: 'acme' })
    await own.spawn(task({ id: 'hen', to: 'ada', message: { type: 'stand' }, needs: ['egg'] })).ready
    const egg = own.spawn(task({ id: 'egg', to: 'ada', message: { type: 'stand' }, needs: ['hen'] }))
    await expect(egg.ready).rejects.toMatchObject({ code: 'CYCLE' })
  })

  it('is not mistaken for a client of its name', async () => {
    const { system } = await place()
    const status = { type: 'client.status', id: 'ada', session: 's', state: 'connected', dialect: 'x', since: 0 } as const
    system.announce(status, 'ada')
    expect(system.state.clients.get('s')?.tenant).toBeUndefined()
  })
})
