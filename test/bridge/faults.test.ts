/** A dialect that fails where it may not: its client is told and let go, and nobody else notices. */
import { describe, expect, it } from 'vitest'
import type { Dialect } from '../../bridge/index.js'
import { type Plain, plain } from '../kit/plain.js'
import { open, setUp } from '../kit/world.js'

const oops = (): never => {
  throw new Error('the dialect is broken')
}

/** Says hello, pings and asks; each in a word or two. */
const lame: Dialect<object> = {
  name: 'lame',
  subprotocols: {},
  paths: ['/lame'],
  open: () => ({}),
  greet: () => [],
  hear: ({ type, token, session }) => [
    type === 'hello'
      ? {
          id: 'hello',
          command: {
            type: 'session.hello',
            token: String(token),
            ...(typeof session === 'string' ? { resume: { session } } : {}),
          },
        }
      : { id: 'view', command: { type: 'view.get' } },
  ],
  answer: (_, answer) => [
    answer.receipt === 'rejected' ? { type: 'wrong', code: answer.error.code } : { type: 'right', receipt: answer.receipt },
  ],
  refuse: ({ code }) => [{ type: 'wrong', code }],
  say: () => [],
  shared: () => false,
  tell: (event) => [
    event.type === 'session.error'
      ? { type: 'wrong', code: event.error.code }
      : { type: event.type, ...('session' in event ? { session: event.session, resumed: event.resumed } : {}) },
  ],
}

/** `broken`: what goes wrong on `/lame`; on `/well` nothing does. */
const world = async (broken: Partial<Dialect<object>>) => {
  const well = { ...lame, name: 'well', paths: ['/well'] }
  const at = await setUp({ dialects: [{ ...lame, ...broken } as Dialect, well as Dialect] })
  const connect = async (path = '/lame') => {
    const one = await plain(`${at.bridge.url}${path}`)
    open.push(() => one.close())
    return one
  }
  const hello = async (one: Plain, more: object = {}) => one.say({ type: 'hello', token: await at.token(), ...more })
  const fine = async () => {
    const one = await connect('/well')
    await hello(one)
    return one.type('session.welcome')
  }
  return { ...at, connect, hello, fine }
}

describe('a dialect that throws', () => {
  it('as it greets, costs its own connection: told in its words, closed with 1011, and reported', async () => {
    const { connect, errors, fine, bridge } = await world({ greet: oops })
    const one = await connect()
    expect(await one.ended).toMatchObject({ code: 1011 })
    expect(one.frames).toEqual([{ type: 'wrong', code: 'INTERNAL' }])
    expect(errors.list).toEqual(['a connection in lame: the dialect is broken'])
    expect((await fine()).type).toBe('session.welcome')
    expect(bridge.connections).toBe(1)
  })

  it.each([
    ['welcomes', { welcomed: oops }],
    ['tells of the welcome', { tell: (event: { readonly type: string }) => (event.type === 'session.welcome' ? oops() : []) }],
    ['names its connection', { single: oops }],
  ])('as it %s, answers the hello with INTERNAL', async (_, broken) => {
    const { connect, hello, errors, fine } = await world(broken)
    const one = await connect()
    await hello(one)
    expect(await one.ended).toMatchObject({ code: 1011 })
    expect(one.frames).toEqual([{ type: 'wrong', code: 'INTERNAL' }])
    expect(errors.list).toEqual(['a connection in lame: the dialect is broken'])
    await fine()
  })

  it('as it opens, is closed with 1011 at once', async () => {
    const { connect, errors, fine, bridge } = await world({ open: oops })
    const one = await connect()
    expect(await one.ended).toMatchObject({ code: 1011 })
    expect(errors.list).toEqual(['a connection that opens: the dialect is broken'])
    await fine()
    expect(bridge.connections).toBe(1)
  })

  it('as it answers, and as it says so, is closed all the same', async () => {
    const { connect, hello, errors, fine } = await world({ answer: oops })
    const one = await connect()
    await hello(one)
    await one.type('session.welcome')
    one.say({ type: 'view' })
    expect(await one.ended).toMatchObject({ code: 1011 })
    expect(new Set(errors.list)).toEqual(new Set(['a connection in lame: the dialect is broken']))
    await fine()
  })

  it('as it refuses, is closed with its own word for an error of the connection', async () => {
    const { connect, fine } = await world({ hear: oops, refuse: oops })
    const one = await connect()
    one.say({ type: 'anything' })
    expect(await one.ended).toMatchObject({ code: 1011 })
    expect(one.frames).toEqual([{ type: 'wrong', code: 'INTERNAL' }])
    await fine()
  })

  it('as it takes a session over, leaves that to be gone on with later', async () => {
    let isBroken = true
    const adopt = () => (isBroken ? oops() : undefined)
    const { connect, hello } = await world({ adopt })
    const first = await connect()
    await hello(first)
    const { session } = await first.type('session.welcome')
    await first.close()
    const second = await connect()
    await hello(second, { session })
    expect(await second.ended).toMatchObject({ code: 1011 })
    isBroken = false
    const third = await connect()
    await hello(third, { session })
    expect(await third.type('session.welcome')).toMatchObject({ session, resumed: true })
  })
})

describe('a session', () => {
  it('is gone on with only in the protocol that it was begun in', async () => {
    const { connect, hello } = await world({})
    const one = await connect()
    await hello(one)
    const { session } = await one.type('session.welcome')
    await one.close()
    const stranger = await connect('/well')
    await hello(stranger, { session })
    const other = await stranger.type('session.welcome')
    expect(other).toMatchObject({ resumed: false })
    expect(other['session']).not.toBe(session)
    const again = await connect()
    await hello(again, { session })
    expect(await again.type('session.welcome')).toMatchObject({ session, resumed: true })
  })
})
