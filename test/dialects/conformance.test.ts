/** What a client of any protocol may count on, held for each of them. */
import { describe, expect, it } from 'vitest'
import { agent, shell, swarm, task } from '../../actors/index.js'
import { dialects, signToken } from '../../bridge/index.js'
import { type Driver, drivers } from '../kit/drivers.js'
import { open, secret, setUp } from '../kit/world.js'
import { lanternDriver } from './own-dialect/driver.js'

/** Never answers. */
const mute = agent('mute', {
  hears: { wait: {} },
  on: { wait: (_, { signal }) => new Promise((done) => signal.addEventListener('abort', done)) },
})

/** A bridge that speaks everything, a shell agent in a swarm, and how a client of that protocol comes in. */
const world = async (driver: Driver) => {
  const at = await setUp({ spawnable: [shell], dialects: [...dialects, lanternDriver.dialect] })
  const sh = at.system.spawn(shell, { id: 'sh' })
  const crew = at.system.spawn(swarm({ id: 'crew', goal: 'conform', members: [sh] }))
  await Promise.all([sh.ready, crew.ready, at.system.spawn(mute, { id: 'mute' }).ready])
  const enter = async (resume?: string, claims: Parameters<typeof at.token>[0] = {}) => {
    const one = await driver.enter(at.bridge.url, await at.token(claims), resume)
    open.push(() => one.close())
    return one
  }
  return { ...at, enter, crew }
}

/** Where a protocol has no word for something, that is said instead of tested. */
const when = (reason: string | undefined) => (reason === undefined ? it : it.skip)
const named = (what: string, reason: string | undefined) => (reason === undefined ? what : `${what}: ${reason}`)

describe.each([...drivers, lanternDriver].map((driver) => [driver.name, driver] as const))('%s', (_, driver) => {
  const { lacks } = driver

  it('greets', async () => {
    const { enter } = await world(driver)
    const one = await enter()
    const wordOf = driver.word ?? (({ type }) => type)
    expect(one.frames.slice(0, driver.greeting.length).map(wordOf)).toEqual(driver.greeting)
  })

  when(lacks.command)(named('commands an agent and hears it', lacks.command), async () => {
    const { enter } = await world(driver)
    const one = await enter()
    await driver.listen(one, 'sh')
    driver.command?.(one, 'sh', 'echo conform')
    const heard = await one.until((frame) => driver.tells(frame, 'sh'))
    expect(JSON.stringify(heard)).toContain('conform')
  })

  it('hears what somebody else has an agent do', async () => {
    const { enter, system, crew } = await world(driver)
    const one = await enter()
    await driver.listen(one, 'sh')
    system.spawn(task({ to: crew, message: { type: 'run', command: 'echo other' } }))
    expect(await one.until((frame) => driver.tells(frame, 'sh'))).toBeDefined()
  })

  it.each([
    ['a frame that is nonsense', () => driver.nonsense],
    ['a text that is no frame', () => '{{{'],
    ['a list', () => '[1]'],
    ['a frame with hostile keys', () => `{"__proto__":{"type":"x"},"constructor":1,"id":"x","type":"dance"}`],
  ])('survives %s, and says so', async (__, make) => {
    const { enter } = await world(driver)
    const one = await enter()
    one.say(make())
    await one.until((frame) => driver.refuses(frame))
    expect(await driver.ask(one)).toBeDefined()
  })

  it('answers a heartbeat', async () => {
    const { enter } = await world(driver)
    expect(await driver.beat(await enter())).toBeDefined()
  })

  when(lacks.session)(named('goes on with a session, and hears what it missed', lacks.session), async () => {
    const { enter, system, crew } = await world(driver)
    const first = await enter()
    await driver.listen(first, 'sh')
    const session = driver.session?.(first)
    await first.close()
    await system.spawn(task({ to: crew, message: { type: 'run', command: 'echo missed' } })).result()
    const one = await enter(session)
    expect(one.frames.find((frame) => driver.resumed?.(frame))).toBeDefined()
    expect(JSON.stringify(await one.until((frame) => driver.tells(frame, 'sh')))).toContain('missed')
  })

  it('closes clean, and nothing of it is left', async () => {
    const { enter, bridge, system } = await world(driver)
    const before = system.listeners
    const one = await enter()
    await driver.listen(one, 'sh')
    one.socket.close(1000)
    expect((await one.ended).code).toBe(1000)
    // The server has heard of it once the next one is let in.
    const next = await enter()
    expect(bridge.connections).toBe(1)
    next.socket.close(1000)
    await next.ended
    await enter()
    expect(system.listeners).toBeGreaterThanOrEqual(before)
    expect(system.listeners).toBeLessThan(before + 20)
  })

  it.each([
    ['is no token', async () => 'nonsense'],
    ['has expired', () => signToken({ sub: 'ann', ttl: 60_000 }, secret, 1_000_000_000_000)],
    ['was signed by somebody else', () => signToken({ sub: 'ann', ttl: 60_000 }, 'another secret of many letters')],
  ])('refuses a token that %s, in words, and closes', async (__, make) => {
    const { bridge } = await world(driver)
    const one = await driver.knock(bridge.url, await make())
    expect((await one.ended).code).toBe(4401)
    expect(one.frames.filter((frame) => driver.refuses(frame))).toHaveLength(1)
  })

  it('obeys its limits, and lives', async () => {
    const { enter } = await world(driver)
    const one = await enter()
    const { times, frame, isTooMuch } = driver.flood
    for (let at = 0; at < times; at++) one.say(frame(at))
    await one.until(isTooMuch)
    expect(await driver.beat(one).catch(() => one.socket.readyState)).toBeDefined()
    expect(one.socket.readyState).toBe(1)
  })

  it('drains politely', async () => {
    const { enter, bridge } = await world(driver)
    const one = await enter()
    await bridge.close({ reason: 'a new version' })
    expect(await one.ended).toEqual({ code: 1012, reason: 'a new version' })
  })

  when(lacks.farewell)(named('says goodbye first', lacks.farewell), async () => {
    const { enter, bridge } = await world(driver)
    const one = await enter()
    await bridge.close({ reason: 'a new version' })
    await one.ended
    expect(one.frames.some((frame) => driver.farewell?.(frame))).toBe(true)
  })
})
