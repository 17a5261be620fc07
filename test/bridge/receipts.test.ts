/** What a client is answered about a message that it sends is what became of it. */
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../actors/index.js'
import { execute } from '../../bridge/execute.js'
import { Rights } from '../../bridge/principal.js'
import type { Command } from '../../src/protocol/command.js'
import type { Overflow } from '../../src/system/definition.js'
import type { System } from '../../src/system/system.js'
import { edges } from '../kit/commands.js'
import { quietSystem, settle } from '../kit/quiet.js'

const made: System[] = []
afterEach(async () => {
  for (const system of made.splice(0)) await system.stop({ force: true })
})

const setUp = () => {
  const quiet = quietSystem()
  const { system } = quiet
  made.push(system)
  const heard: number[] = []
  const ear = agent('ear', {
    hears: { note: { n: z.number() }, hold: {} },
    on: { note: ({ n }) => heard.push(n), hold: (_, { sleep }) => sleep(1_000) },
  })
  const rights = new Rights({ sub: 'ann', permissions: ['admin'], read: ['#'], write: ['#'], agents: [] })
  const run = async (command: Command) => {
    const outcome = await execute(command, { system, ...edges(system), rights, cause: {} })
    return outcome.receipt === 'applied' ? outcome.value : outcome.receipt === 'rejected' ? outcome.error.code : 'unanswered'
  }
  const send = (n: number, more: object = {}) => run({ type: 'agent.send', to: 'e', message: { type: 'note', n }, ...more })
  const letters = async () => (await system.deadLetters()).map(({ message }) => (message as { n?: number }).n).reverse()
  const spawn = async (capacity: number, overflow: Overflow) => {
    const e = system.spawn(ear, { id: 'e', mailbox: { capacity, overflow } })
    await e.ready
    await e.pause()
    return e
  }
  return { ...quiet, heard, run, send, letters, spawn }
}

describe('a message to a mailbox with bounds', () => {
  it.each<[Overflow, readonly (number | string)[], readonly number[], readonly number[]]>([
    ['refuse', [0, 1, 'QUEUE_FULL'], [0, 1], [2]],
    ['drop-newest', [0, 1, 'QUEUE_FULL'], [0, 1], [2]],
    ['drop-oldest', [0, 1, 2], [1, 2], [0]],
    ['fail-ask', [0, 1, 2], [1, 2], [0]],
  ])('is refused when it is not taken in, and only then: %s', async (overflow, answers, handled, dead) => {
    const { send, spawn, heard, letters } = setUp()
    const e = await spawn(2, overflow)
    const answered: unknown[] = []
    for (const n of [0, 1, 2]) answered.push(await send(n))
    expect(answered).toEqual(answers.map((each) => (each === 'QUEUE_FULL' ? each : { id: 'e' })))
    await e.resume()
    await settle()
    expect(heard).toEqual(handled)
    expect(await letters()).toEqual(dead)
  })

  it('is refused when it is itself the least urgent, which goes', async () => {
    const { send, spawn, letters } = setUp()
    await spawn(1, 'drop-oldest')
    expect(await send(0, { priority: 'high' })).toEqual({ id: 'e' })
    expect(await send(1, { priority: 'low' })).toBe('QUEUE_FULL')
    expect(await letters()).toEqual([1])
  })

  it('that steers does not wait for room', async () => {
    const { send, spawn, heard, run } = setUp()
    const e = await spawn(1, 'refuse')
    await send(0)
    expect(await run({ type: 'agent.steer', to: 'e', message: { type: 'note', n: 9 } })).toMatchObject({ id: 'e' })
    await e.resume()
    await settle()
    expect(heard).toEqual([9, 0])
  })
})

describe('a message', () => {
  it('to an agent that is on its way out, or gone, is refused and becomes a dead letter', async () => {
    const { send, run, spawn, clock, letters } = setUp()
    const e = await spawn(9, 'refuse')
    await e.resume()
    e.send({ type: 'hold' })
    await settle()
    const stopped = e.stop()
    expect(await send(1)).toBe('NOT_RUNNING')
    expect(await run({ type: 'agent.steer', to: 'e', message: { type: 'note', n: 2 } })).toBe('NOT_RUNNING')
    await clock.advance(1_000)
    await stopped
    expect(await send(3)).toBe('ENDED')
    expect(await letters()).toEqual([1, 2, 3])
  })

  it('to the address of a client is not sent behind its receipt', async () => {
    const { system, run, seen } = setUp()
    system.announce({ type: 'client.status', id: 'bob', session: 's', state: 'connected', dialect: 'native', since: 0 }, 'bob')
    expect(await run({ type: 'agent.send', to: 'bob', message: { type: 'note', n: 1 } })).toBe('NOT_FOUND')
    expect(seen.events.filter(({ type }) => type === 'client.message')).toEqual([])
  })
})
