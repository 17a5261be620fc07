/** Where one thing ends and the next begins: a view and its events, a filter and a resume, coming and going. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { record } from '../kit/events.js'
import { settle } from '../kit/quiet.js'
import { bench } from '../kit/socket.js'
import type { Wired } from '../kit/tclient.js'
import { bodies, cursorOf, publish, welcomed } from '../kit/welcome.js'
import { odd, open, setUp } from '../kit/world.js'

describe('a view that is asked for behind a subscription', () => {
  it('and the events that come after it leave out nothing that happens meanwhile', async () => {
    const { system, welcome } = await setUp()
    const one = await welcome()
    await system.spawn(odd, { id: 'o' }).ready
    const made: string[] = []
    let stop = false
    const busy = (async () => {
      while (!stop) {
        const { id } = system.spawn(odd, { id: `t${made.length}` })
        made.push(id)
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    open.push(async () => {
      stop = true
    })
    await expect.poll(() => made.length).toBeGreaterThan(20)
    const known = new Set<unknown>()
    const subscribed = one.say('subscribe', { patterns: ['agent.*.spawned'] })
    const asked = one.say('view.get')
    const { payload } = await one.until(({ type, correlationId }) => type === 'reply' && correlationId === asked)
    for (const { id } of payload['agents'] as { id: string }[]) known.add(id)
    const before = made.length
    await expect.poll(() => made.length).toBeGreaterThan(before + 20)
    stop = true
    await busy
    const last = made.at(-1)
    await one.until(({ type, payload: { id } }) => type === 'agent.spawned' && id === last)
    const from = one.frames.findIndex(({ correlationId }) => correlationId === asked)
    const offsetOf = (frame: Wired & { readonly offset?: number }) => frame.offset ?? Number.NaN
    const after = one.frames.filter((frame) => frame.type === 'agent.spawned' && offsetOf(frame) > Number(payload['offset']))
    expect(after.filter((frame) => one.frames.indexOf(frame) < from)).toEqual([])
    expect(after.filter(({ payload: { id } }) => known.has(id))).toEqual([])
    for (const frame of after) known.add(frame.payload['id'])
    expect(one.frames.findIndex(({ correlationId }) => correlationId === subscribed)).toBeLessThan(from)
    expect(made.filter((id) => !known.has(id))).toEqual([])
  })
})

describe('what a filter holds back', () => {
  it('is no gap to a client that comes back, in either codec beside one that wants it', async () => {
    const { system, token, client } = await setUp()
    const mine = await token()
    const enter = async (codec: 'json' | 'msgpack', filter: object, resume?: object) => {
      const one = await client({ codec })
      const { payload } = await one.hello({ token: mine, ...(resume ? { resume } : {}) })
      if (!resume) await one.ask('subscribe', { patterns: ['team.#'], filter })
      return { one, resume: { session: payload['session'], cursor: payload['cursor'] } }
    }
    const [high, low] = [{ minPriority: 'high' }, { minPriority: 'low' }]
    const kinds = [
      ['json', high],
      ['msgpack', low],
      ['msgpack', high],
      ['json', low],
    ] as const
    const first = await Promise.all(kinds.map(([codec, filter]) => enter(codec, filter)))
    const say = async (from: number) => {
      for (let at = from; at < from + 300; at++)
        await system.channel('team.blue').publish(at, { priority: at % 3 === 0 ? 'high' : 'low' })
    }
    await say(0)
    for (const { one } of first) await one.close()
    const saying = say(300)
    const back = await Promise.all(kinds.map(([codec, filter], at) => enter(codec, filter, first[at]?.resume)))
    await saying
    await say(600)
    const all = Array.from({ length: 900 }, (_, at) => at)
    for (const [at, { one }] of back.entries()) {
      const wanted = kinds[at]?.[1] === high ? all.filter((each) => each % 3 === 0) : all
      const heard = () => one.frames.flatMap(({ type, payload }) => (type === 'message' ? [Number(payload['body'])] : []))
      await one.until(() => heard().length >= wanted.length)
      expect(heard().toSorted((a, b) => a - b)).toEqual(wanted)
      const marked = await one.until(({ type, payload: { dseq } }) => type === 'mark' && dseq === wanted.length)
      expect(marked.payload['cursor']).toMatchObject({ epoch: system.journal.epoch })
      expect(one.frames.filter(({ type }) => type === 'gap' || type === 'dropped')).toEqual([])
    }
  })
})

describe('who listens on a channel', () => {
  it('has left as often as it joined when everybody is gone, whatever they did and however they went', async () => {
    const deeds = ['join', 'leave', 'drop', 'return', 'goodbye', 'wait'] as const
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(3), fc.constantFrom(...deeds)), { maxLength: 60 }), async (steps) => {
        const at = bench({ sessionWindow: 1_000 })
        const seen = record(at.system, 'client.#')
        const there: (Awaited<ReturnType<typeof welcomed>> | undefined)[] = []
        const sessions: (string | undefined)[] = []
        for (const [who, deed] of steps) {
          const one = there[who]
          if (deed === 'join') one?.say('subscribe', { patterns: ['team.blue', 'team.*'], presence: true })
          if (deed === 'leave') one?.say('unsubscribe', { patterns: ['team.blue'] })
          if (deed === 'goodbye') one?.say('close')
          if (deed === 'drop' || deed === 'goodbye') {
            one?.connection.closed()
            there[who] = undefined
          }
          if (deed === 'wait') await at.clock.advance(400)
          if (deed !== 'return') continue
          const session = sessions[who]
          const back = await welcomed(at, session ? { resume: { session } } : {})
          there[who] = back
          sessions[who] = back.session
        }
        for (const one of there) one?.connection.closed()
        await at.clock.advance(2_000)
        const balance = new Map<string, number>()
        for (const { event } of seen.envelopes) {
          if (event.type !== 'client.channel') continue
          const name = `${event.session} ${event.channel}`
          balance.set(name, (balance.get(name) ?? 0) + (event.change === 'joined' ? 1 : -1))
          expect([0, 1]).toContain(balance.get(name))
        }
        expect([...balance.values()].every((left) => left === 0)).toBe(true)
        expect(at.system.state.clients.size).toBe(0)
        await settle()
        expect(at.clock.pending).toBe(0)
      }),
      { numRuns: 40 },
    )
  })
})

describe('what happens while a client is being sent what it missed', () => {
  it('comes once and in its place, at whatever moment of the reading it happens', async () => {
    const at = bench({ limits: { outbox: { messages: 8, bytes: 16_777_216 } } })
    const first = await welcomed(at)
    first.say('subscribe', { patterns: ['team.#'] })
    await settle()
    const cursor = cursorOf(at)
    first.connection.closed()
    let said = 0
    for (; said < 100; said++) await publish(at, 'team.blue', said)
    const second = await welcomed(at, { resume: { session: first.session, cursor } })
    // Not awaited: some come in the same turn as a page, some between two.
    while (bodies(second).length < said || said < 200) {
      if (said < 200) void publish(at, 'team.blue', said++)
      if (said % 7 === 0) await settle()
      if (said >= 200) await settle()
    }
    await settle()
    expect(bodies(second)).toEqual(Array.from({ length: said }, (_, count) => count))
    expect(second.wire.ofType('dropped')).toEqual([])
  })
})
