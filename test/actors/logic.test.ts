/** Agents whose inside is a state machine of their user, and machines that are watched. */
import { createWebSocketInspector } from '@statelyai/inspect'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { assign, fromPromise, setup } from 'xstate'
import { z } from 'zod'
import { agent, swarm, task } from '../../actors/index.js'
import { TroupeError } from '../../src/errors.js'
import { type FailurePolicy, restart, resume, stop } from '../../src/system/strategy.js'
import { createSystem } from '../../src/system/system.js'
import { quietSystem, settle } from '../kit/quiet.js'

const light = setup({
  types: { context: {} as { turns: number }, events: {} as { type: 'next' | 'break' | 'end' } },
  actions: {
    fail: () => {
      throw new Error('the bulb')
    },
  },
}).createMachine({
  id: 'light',
  context: { turns: 0 },
  initial: 'red',
  states: {
    red: { on: { next: 'green' }, after: { 10_000: 'green' } },
    green: {
      initial: 'steady',
      on: { next: 'red' },
      states: { steady: { after: { 1_000: 'blinking' } }, blinking: {} },
      exit: assign({ turns: ({ context }) => context.turns + 1 }),
    },
    off: { type: 'final' },
  },
  on: { break: { actions: 'fail' }, end: '.off' },
})

describe('an agent whose inside is a machine', () => {
  const setUp = (onFailure: FailurePolicy = restart({ backoff: [10, 10] })) => {
    const quiet = quietSystem()
    const a = quiet.system.spawn(agent('light', { logic: light, onFailure }), { id: 'a' })
    const detail = () => quiet.system.state.agents.get('a')?.detail
    return { ...quiet, a, detail }
  }

  it('hears its events, shows its state, answers with it, and runs its timers on the clock of the system', async () => {
    const { system, clock, a, detail } = setUp()
    await a.ready
    expect([detail(), system.state.agents.get('a')?.hears]).toEqual(['red', ['break', 'end', 'next']])
    expect(await a.ask({ type: 'next' })).toBe('green.steady')
    await clock.advance(1_000)
    expect(detail()).toBe('green.blinking')
    const t = system.spawn(task({ to: a, message: { type: 'next' } }))
    expect(await t.result()).toBe('red')
    await expect(system.ask('a', { type: 'odd' })).rejects.toMatchObject({ code: 'NO_HANDLER' })
    await system.stop()
    expect(clock.pending).toBe(0)
  })

  it('crashes by what an action throws, whoever asked is told, and begins anew with a fresh machine', async () => {
    const { system, clock, a, detail } = setUp()
    await a.ask({ type: 'next' })
    await expect(a.ask({ type: 'break' })).rejects.toMatchObject({ code: 'CRASHED', message: 'the bulb' })
    await clock.advance(20)
    expect([system.state.agents.get('a')?.state, detail()]).toEqual(['running', 'red'])
    await system.stop()
    expect(clock.pending).toBe(0)
  })

  it('crashes by what fails inside it by itself', async () => {
    const broken = setup({ actors: { work: fromPromise(() => Promise.reject(new Error('no luck'))) } }).createMachine({
      ...{ initial: 'working', states: { working: { invoke: { src: 'work' } } } },
    })
    const { system } = quietSystem()
    const a = system.spawn(agent('broken', { logic: broken, onFailure: stop() }), { id: 'b' })
    await a.result()
    expect(system.state.agents.get('b')).toMatchObject({ state: 'stopped', error: { message: 'no luck' } })
    await system.stop()
  })

  it('stops where it was to go on after its machine has failed', async () => {
    const { system, a, errors } = setUp(resume())
    await a.ready
    await expect(a.ask({ type: 'break' })).rejects.toMatchObject({ code: 'CRASHED', message: 'the bulb' })
    await a.result()
    expect(system.state.agents.get('a')).toMatchObject({ state: 'stopped', error: { message: 'the bulb' } })
    expect(errors).toEqual([])
    await system.stop()
  })

  it('is dead by an expected failure too: a machine cannot fail at one piece of work', async () => {
    const picky = setup({
      actions: {
        refuse: () => {
          throw new TroupeError('FAILED', 'not that')
        },
      },
    }).createMachine({ initial: 'on', states: { on: { on: { ask: { actions: 'refuse' } } } } })
    const { system, clock, seen } = quietSystem()
    const a = system.spawn(agent('picky', { logic: picky, onFailure: restart({ backoff: [10, 10] }) }), { id: 'a' })
    await expect(a.ask({ type: 'ask' })).rejects.toMatchObject({ code: 'CRASHED', message: 'not that' })
    await clock.advance(20)
    expect(seen.states('a')).toEqual(['running', 'crashed', 'spawning', 'running'])
    await system.stop()
  })

  it.each([
    ['mouse.*', { 'mouse.click': 'b', 'mouse.wheel.up': 'b', mouse: 'b', mice: 'NO_HANDLER', '*': 'NO_HANDLER' }],
    ['*', { anything: 'b', 'mouse.click': 'b', 'xstate.stop': 'NO_HANDLER' }],
  ])('hears all events of a kind where its machine does (%s)', async (events, expected) => {
    const wild = setup({}).createMachine({ initial: 'a', states: { a: { on: { [events]: 'b' } }, b: {} } })
    const { system } = quietSystem()
    const outcomes = Object.keys(expected).map(async (type) => {
      const w = system.spawn(agent('wild', { logic: wild }))
      const squad = system.spawn(swarm({ goal: 'g', members: [w] }))
      const asked = await system.ask(w, { type }).catch((error: TroupeError) => error.code)
      const done = system.spawn(task({ to: squad, message: { type } }))
      await settle()
      const state = system.state.tasks.get(done.id)?.state
      return [type, state === (asked === 'b' ? 'completed' : 'queued') ? asked : state]
    })
    expect(Object.fromEntries(await Promise.all(outcomes))).toEqual(expected)
    await system.stop()
  })

  it('stops when its machine has reached its end, and holds back what comes while it is paused', async () => {
    const { system, a, detail } = setUp()
    await a.ready
    await a.pause()
    a.send({ type: 'next' })
    await settle()
    expect(detail()).toBe('red')
    await a.resume()
    await settle()
    expect(detail()).toBe('green.steady')
    a.send({ type: 'end' })
    await a.result()
    expect(system.state.agents.get('a')).toMatchObject({ state: 'stopped', detail: 'off' })
    await system.stop()
  })

  it('is given the options of spawn as its input, and checks what it hears where shapes are given', async () => {
    const counter = setup({
      types: { context: {} as { count: number }, input: {} as { from: number }, events: {} as { type: 'add'; by: number } },
    }).createMachine({
      context: ({ input }) => ({ count: input.from }),
      initial: 'low',
      states: { low: { always: { guard: ({ context }) => context.count > 9, target: 'high' } }, high: {} },
      on: { add: { actions: assign({ count: ({ context, event }) => context.count + event.by }) } },
    })
    const { system } = quietSystem()
    const c = system.spawn(agent('counter', { logic: counter, hears: { add: { by: z.number() } } }), { options: { from: 7 } })
    expect(await c.ask({ type: 'add', by: 2 })).toBe('low')
    expect(await c.ask({ type: 'add', by: 2 })).toBe('high')
    await expect(system.ask(c, { type: 'add', by: 'much' })).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
    await system.stop()
  })
})

describe('the standard inspector', () => {
  const open: { close(): void }[] = []
  afterEach(() => {
    for (const each of open.splice(0)) each.close()
  })

  it('sees our machines and those of users', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    open.push(server)
    await new Promise((resolve) => server.once('listening', resolve))
    const seen: { type: string; sessionId: string; snapshot?: { value?: unknown } }[] = []
    const told = new Promise<void>((resolve) =>
      server.on('connection', (socket) =>
        socket.on('message', (data) => {
          seen.push(JSON.parse(String(data)))
          if (seen.some(({ snapshot }) => JSON.stringify(snapshot?.value) === '{"green":"steady"}')) resolve()
        }),
      ),
    )
    const { port } = server.address() as { port: number }
    const inspector = createWebSocketInspector({ url: `ws://127.0.0.1:${port}` })
    const system = createSystem({ inspect: inspector.inspect, onError: () => {} })
    const a = system.spawn(agent('light', { logic: light }), { id: 'a' })
    await a.ask({ type: 'next' })
    await told
    const states = seen.map(({ snapshot }) => JSON.stringify(snapshot?.value))
    expect(states).toEqual(expect.arrayContaining(['"spawning"', '{"running":"idle"}', '"red"', '{"green":"steady"}']))
    await system.stop()
    inspector.stop()
  })

  it('that throws is reported once, detached, and wedges nobody', async () => {
    const told: string[] = []
    let heard = 0
    const system = createSystem({
      onError: (error, where) => told.push(`${where}: ${error.message}`),
      inspect() {
        if (++heard === 3) throw new Error('tired')
      },
    })
    const a = system.spawn(agent('light', { logic: light }), { id: 'a' })
    expect(await a.ask({ type: 'next' })).toBe('green.steady')
    await a.stop()
    expect([heard, told]).toEqual([3, ['the inspector, which is detached now: tired']])
    await system.stop()
  })
})
