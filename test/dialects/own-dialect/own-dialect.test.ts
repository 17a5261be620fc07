/** A seventh dialect, as a user writes one: from a folder of its own, beside all that are there. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shell, swarm } from '../../../actors/index.js'
import { dialects } from '../../../bridge/index.js'
import { anybody } from '../../../bridge/token.js'
import { inbound, lantern, outbound } from '../../../examples/own-dialect/lantern.js'
import { drivers } from '../../kit/drivers.js'
import { plain } from '../../kit/plain.js'
import { settle } from '../../kit/quiet.js'
import { bench } from '../../kit/socket.js'
import { open, setUp } from '../../kit/world.js'
import { printer } from '../onsembl/agents.js'
import { asked, lanternDriver } from './driver.js'

const root = join(import.meta.dirname, '../../..')

const world = async (seventh = lantern()) => {
  const at = await setUp({ spawnable: [shell], dialects: [...dialects, seventh] })
  const sh = at.system.spawn(shell, { id: 'sh' })
  await Promise.all([sh.ready, at.system.spawn(swarm({ id: 'crew', goal: 'shine', members: [sh] })).ready])
  const enter = async (claims: Parameters<typeof at.token>[0] = {}) => {
    const one = await lanternDriver.enter(at.bridge.url, await at.token(claims))
    open.push(() => one.close())
    return one
  }
  return { ...at, enter }
}

const own = 'examples/own-dialect/'
const sources = ['src', 'actors', 'bridge', 'examples'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const name = `${folder}/${path.replaceAll('\\', '/')}`
      return { name, text: readFileSync(join(root, name), 'utf8') }
    }),
)

describe('a seventh dialect', () => {
  it('is spoken beside all others, on one port, over one system', async () => {
    const { bridge, token, enter } = await world()
    const one = await enter()
    const others = await Promise.all(
      drivers.map(async (driver) => {
        const other = await driver.enter(bridge.url, await token({ sub: driver.name }))
        open.push(() => other.close())
        await driver.listen(other, 'sh')
        return { driver, other }
      }),
    )
    // What it does is heard by who watches agents, and what others do is heard by it.
    const speaking = others.filter(({ driver }) => driver.command)
    expect(speaking).toHaveLength(4)
    for (const { driver, other } of speaking) {
      driver.command?.(other, 'sh', `echo from ${driver.name}`)
      await one.until((frame) => frame['tell'] === 'printed' && frame['text'] === `from ${driver.name}\n`)
    }
    expect(await asked(one, { do: 'run', agent: 'sh', line: 'echo from lantern' })).toMatchObject({ tell: 'done' })
    const printed = await one.until((frame) => frame['text'] === 'from lantern\n')
    const ended = await one.until((frame) => frame['tell'] === 'ended' && frame['ref'] === printed['ref'])
    expect(ended['state']).toBe('completed')
    for (const { driver, other } of others)
      await other.until(
        (frame) => driver.tells(frame, 'sh') && /lantern|busy|PROCESSING/.test(JSON.stringify(frame)),
        driver.name,
      )
    for (const frame of one.frames) expect(outbound.safeParse(frame).error).toBeUndefined()
  })

  it('is known to its own folder alone, which knows nothing but doors', () => {
    const naming = sources.filter(({ name, text }) => /lantern/i.test(name + text) && !name.startsWith(own))
    expect(naming.map(({ name }) => name)).toEqual([])
    const mine = sources.filter(({ name }) => name.startsWith(own))
    expect(mine.length).toBeGreaterThan(3)
    const imported = mine.flatMap(({ text }) => [...text.matchAll(/ from '([^']+)'/g)].map((match) => match[1] ?? ''))
    expect(imported.filter((name) => !/^(\.\/[a-z-]+\.js|node:\w+|troupe|troupe\/(actors|bridge)|ws|zod)$/.test(name))).toEqual(
      [],
    )
  })

  it('shares a path with two others, told apart by the first frame', async () => {
    const { bridge, token } = await world(lantern({ paths: ['/ws'] }))
    const one = await plain(`${bridge.url}/ws?token=${await token()}`)
    open.push(() => one.close())
    one.say({ do: 'enter', ref: '1' })
    expect(await one.until((frame) => frame['tell'] === 'inside')).toMatchObject({ ref: '1', who: 'ann' })
    const [openclaw, team] = drivers.filter(({ name }) => name === 'openclaw' || name === 'team-dashboard')
    for (const driver of [openclaw, team]) {
      const other = await driver?.enter(bridge.url, await token({ sub: 'bob' }))
      open.push(async () => other?.close())
      expect(other && (await driver?.ask(other))).toBeDefined()
    }
  })

  it('is chosen by its subprotocol on any path', async () => {
    const { bridge } = await world()
    const one = await plain(`${bridge.url}/anywhere`, { protocol: 'lantern.v1' })
    open.push(() => one.close())
    expect(await one.until((frame) => frame['tell'] === 'lit')).toEqual({ tell: 'lit', version: 1 })
  })
})

describe('Lantern', () => {
  it('lets in who has a token, also one in the address', async () => {
    const { bridge, token } = await world()
    const one = await plain(`${bridge.url}/lantern?token=${await token({ sub: 'keeper' })}`)
    open.push(() => one.close())
    expect(await asked(one, { do: 'enter' })).toMatchObject({
      ...{ tell: 'inside', who: 'keeper', lamps: [{ agent: 'sh', state: 'running', busy: false }] },
    })
  })

  it('answers from what is in view, as far as the token may read', async () => {
    const { enter } = await world()
    expect(await asked(await enter(), { do: 'list' })).toMatchObject({ tell: 'lamps', lamps: [{ agent: 'sh' }] })
    const blind = await enter({ permissions: [] })
    expect(await asked(blind, { do: 'list' })).toMatchObject({ tell: 'lamps', lamps: [] })
    expect(await asked(blind, { do: 'run', agent: 'sh', line: 'true' })).toMatchObject({ tell: 'refused' })
  })

  it('holds its own limit, over all connections of a client', async () => {
    const { enter } = await world(lantern({ linesPerMinute: 2 }))
    const one = await enter()
    const two = await enter()
    const line = { do: 'run', agent: 'sh', line: 'true' }
    expect(await asked(one, line)).toMatchObject({ tell: 'done' })
    expect(await asked(two, line)).toMatchObject({ tell: 'done' })
    expect(await asked(one, line)).toMatchObject({ tell: 'refused', code: 'RATE_LIMITED' })
    expect(() => lantern({ linesPerMinute: 0 })).toThrow('linesPerMinute expects a whole number of 1 or more; got 0.')
  })

  it('answers a heartbeat, and leaves when told', async () => {
    const { enter } = await world()
    const one = await enter()
    expect(await asked(one, { do: 'beat' })).toMatchObject({ tell: 'beat' })
    one.say({ do: 'leave', ref: 'bye' })
    expect(await one.ended).toEqual({ code: 1000, reason: 'Goodbye.' })
  })

  it('tells what the operator says', async () => {
    const { enter, system } = await world()
    const one = await enter()
    system.notify('a storm comes', { level: 'warning' })
    expect(await one.until((frame) => frame['tell'] === 'note')).toEqual({ tell: 'note', text: 'a storm comes' })
  })

  it('says that it goes away', async () => {
    const { enter, bridge } = await world()
    const one = await enter()
    bridge.drain({ reason: 'a storm', grace: 0 })
    expect(await one.until((frame) => frame['tell'] === 'dark')).toEqual({
      ...{ tell: 'dark', why: 'a storm', back: expect.any(Number) },
    })
  })
})

const ref = fc.string({ minLength: 1, maxLength: 128 })
const valid = fc.oneof(
  fc.record({ do: fc.constantFrom('list', 'beat', 'enter'), ref }),
  fc.record({
    ...{ do: fc.constant('run'), ref, agent: fc.constantFrom('printer', 'nobody') },
    line: fc.string({ minLength: 1, maxLength: 50 }),
  }),
)
const mutated = fc
  .tuple(valid, fc.constantFrom('do', 'ref', 'agent', 'line'), fc.jsonValue())
  .map(([frame, field, value]) => JSON.stringify({ ...frame, [field]: value }))

describe('any frame of it', () => {
  const still = async () => {
    const at = bench()
    at.system.spawn(printer, { id: 'printer' })
    await settle()
    return { ...at, one: at.open({ dialect: lantern({ linesPerMinute: 1_000_000 }), admitted: anybody }) }
  }

  it('that is valid is answered under its ref, in words of its own', async () => {
    const { one, errors } = await still()
    await fc.assert(
      fc.asyncProperty(valid, async (frame) => {
        expect(inbound.safeParse(frame).error).toBeUndefined()
        const before = one.wire.frames.length
        one.connection.message(JSON.stringify(frame))
        await settle()
        await settle()
        const answers = one.wire.frames.slice(before).filter((each) => 'ref' in each && each['ref'] === frame.ref)
        expect(answers.length).toBeGreaterThan(0)
      }),
    )
    for (const frame of one.wire.frames) expect(outbound.safeParse(frame).error).toBeUndefined()
    expect([one.wire.ended, errors]).toEqual([undefined, []])
  })

  it('that is not valid is answered, too, and costs nothing', async () => {
    const { one, errors } = await still()
    const bytes = fc.uint8Array({ maxLength: 200 }).map((data) => Buffer.from(data).toString('utf8'))
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, bytes, fc.json()), async (text) => {
        const before = one.wire.frames.length
        one.connection.message(text)
        await settle()
        await settle()
        expect(one.wire.frames.length).toBeGreaterThan(before)
      }),
    )
    for (const frame of one.wire.frames) expect(outbound.safeParse(frame).error).toBeUndefined()
    expect([one.wire.ended, errors]).toEqual([undefined, []])
  })
})
