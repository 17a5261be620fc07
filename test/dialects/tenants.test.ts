/** In every protocol, a client of one tenant is told nothing of another: not when it is greeted, not live, not of what it missed. */
import { describe, expect, it } from 'vitest'
import { agent, shell, swarm, task } from '../../actors/index.js'
import { type Driver, drivers } from '../kit/drivers.js'
import type { Plain } from '../kit/plain.js'
import { open, setUp } from '../kit/world.js'

/** Stands in whatever the first tenant has or says. */
const mark = 'acme-only'

const idler = agent('idler', { hears: { wait: {} }, on: { wait: () => {} } })

/** A bridge on which two tenants are at home, each with a shell agent in a swarm, and how a client of one comes in. */
const world = async (driver: Driver) => {
  const at = await setUp({ spawnable: [shell, idler] })
  for (const tenant of ['acme', 'blue']) {
    const name = tenant === 'acme' ? mark : 'blue-only'
    const sh = at.system.spawn(shell, { id: `sh-${name}`, name, tenant })
    await sh.ready
    await at.system.spawn(swarm({ id: `crew-${name}`, goal: name, members: [sh] })).ready
  }
  const enter = async (tenant: string, resume?: string) => {
    const one = await driver.enter(at.bridge.url, await at.token({ sub: 'same', tenant, agents: ['*'] }), resume)
    open.push(() => one.close())
    return one
  }
  return { ...at, enter }
}

type World = Awaited<ReturnType<typeof world>>

/** Something of everything happens to the first tenant; resolves when it has. */
const bustle = async ({ system, token, client }: World) => {
  const work = system.spawn(task({ to: `sh-${mark}`, title: mark, message: { type: 'run', command: `echo ${mark}` } }))
  await work.result()
  system.propose(`${mark}?`, { voters: [`sh-${mark}`], choices: ['yes', 'no'] })
  const operator = await client()
  await operator.hello({ token: await token({ sub: `boss-${mark}`, tenant: 'acme' }) })
  await operator.ask('subscribe', { patterns: [`${mark}.#`, 'team.#'], presence: true })
  for (const topic of [`${mark}.news`, 'team.blue', `agent.sh-${mark}.x`])
    await operator.ask('channel.publish', { topic, body: mark })
  await operator.ask('client.send', { to: 'same', message: { type: mark } })
  await operator.ask('system.notify', { text: mark })
  await operator.ask('agent.spawn', { definition: 'idler', id: `new-${mark}` })
  await operator.ask('agent.stop', { id: `new-${mark}` })
  await operator.close()
}

const told = ({ frames }: Plain): string => JSON.stringify(frames)

/** Until everything that was to be said before has been. */
const settled = async (driver: Driver, one: Plain) => {
  await driver.ask(one)
  await driver.beat(one)
}

describe.each(drivers.map((driver) => [driver.name, driver] as const))('%s', (_, driver) => {
  it('tells a client what happens to its own tenant, and nothing of another', async () => {
    const at = await world(driver)
    const [acme, blue] = await Promise.all([at.enter('acme'), at.enter('blue')])
    await Promise.all([driver.listen(acme, `sh-${mark}`), driver.listen(blue, 'sh-blue-only')])
    await bustle(at)
    await acme.until((frame) => driver.tells(frame, `sh-${mark}`), 'its own')
    await settled(driver, blue)
    expect(told(acme)).toContain(mark)
    expect(told(blue)).not.toContain(mark)
  })

  it('greets a client that comes later with its own tenant’s things alone', async () => {
    const at = await world(driver)
    await bustle(at)
    const blue = await at.enter('blue')
    await driver.listen(blue, 'sh-blue-only')
    await settled(driver, blue)
    expect(told(blue)).not.toContain(mark)
  })

  it.skipIf(driver.lacks.session !== undefined)('tells a client that comes back what it missed of its own tenant', async () => {
    const at = await world(driver)
    const blue = await at.enter('blue')
    await driver.listen(blue, 'sh-blue-only')
    const session = driver.session?.(blue)
    await blue.close()
    await bustle(at)
    await at.system.spawn(task({ to: 'sh-blue-only', message: { type: 'run', command: 'true' } })).result()
    const back = await at.enter('blue', session)
    expect(back.frames.some((frame) => driver.resumed?.(frame))).toBe(true)
    await settled(driver, back)
    expect(told(back)).not.toContain(mark)
  })

  it.skipIf(driver.lacks.session !== undefined)('lets nobody go on with a session of another tenant', async () => {
    const at = await world(driver)
    const acme = await at.enter('acme')
    await driver.listen(acme, `sh-${mark}`)
    const session = driver.session?.(acme)
    await acme.close()
    await bustle(at)
    const thief = await at.enter('blue', session)
    await settled(driver, thief)
    expect(thief.frames.some((frame) => driver.resumed?.(frame))).toBe(false)
    expect(told(thief)).not.toContain(mark)
  })
})
