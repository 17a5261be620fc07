/** Messages that types cannot vouch for are read by their schemas, whichever way they come; and what holds on one way holds on the others. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, swarm } from '../../../actors/index.js'
import { quietSystem, settle } from '../../kit/quiet.js'

const setUp = async (options: Parameters<typeof quietSystem>[0] = {}) => {
  const quiet = quietSystem(options)
  const { system, seen } = quiet
  const heard: unknown[] = []
  const ear = agent('ear', {
    hears: { n: { x: z.number().transform((x) => x.toFixed(1)) }, pass: { to: z.string() } },
    on: {
      n: ({ x }) => heard.push(x),
      pass: ({ to }, { stage, id }) => stage.swarm('squad').send(id, to, { type: 'pass', to: id }),
    },
  })
  for (const id of ['a', 'b', 'c']) system.spawn(ear, { id })
  const squad = system.spawn(swarm({ id: 'squad', goal: 'g', topology: 'mesh', members: ['a', 'b', 'c'] }))
  await settle()
  const dead = () => seen.events.flatMap((event) => (event.type === 'system.dead-letter' ? [event.reason] : []))
  const states = () => ['a', 'b', 'c'].map((id) => system.state.agents.get(id)?.state)
  return { ...quiet, squad, heard, dead, states }
}

const bad = { type: 'n', x: 'evil' }

describe('a dead letter that is sent again', () => {
  it('is read by its schema if it was to be, and is dead again when it does not fit', async () => {
    const { system, heard, dead, states } = await setUp()
    const ann = system.as('ann')
    for (const message of [bad, { type: 'odd' }, undefined as never]) ann.send('a', message)
    ann.send('later', { type: 'n', x: 2 })
    system.send('a', undefined as never)
    for (const { id } of await system.deadLetters()) await system.replay(id)
    await settle()
    expect(dead()).toEqual([
      ...['invalid', 'no-handler', 'invalid', 'no-actor', 'invalid'],
      ...['invalid', 'no-actor', 'invalid', 'no-handler', 'invalid'],
    ])
    expect([heard, states()]).toEqual([[], ['running', 'running', 'running']])
    await system.stop()
  })

  it('is read once: what its schema has made of it is not read again', async () => {
    const { system, clock, heard, dead } = await setUp()
    await system.agent('a').pause()
    system.as('ann').send('a', { type: 'n', x: 2 }, { ttl: 10 })
    await clock.advance(20)
    await system.agent('a').resume()
    await settle()
    expect(dead()).toEqual(['expired'])
    for (const { id } of await system.deadLetters()) await system.replay(id)
    await settle()
    expect(heard).toEqual(['2.0'])
    await system.stop()
  })
})

describe('a message between members of a swarm', () => {
  it('is read by its schema when types cannot vouch for it', async () => {
    const { system, squad, heard, dead, states, errors } = await setUp()
    const theirs = system.as('ann').swarm('squad')
    theirs.send('a', 'b', bad)
    theirs.send('a', 'b', { type: 'odd' })
    theirs.send('a', 'b', { type: 'n', x: 1 })
    squad.send('a', 'b', undefined as never)
    squad.send('a', 'b', { type: 'pass', to: 'c' }, { ttl: -1 })
    await settle()
    expect(dead()).toEqual(['invalid', 'no-handler', 'invalid', 'invalid'])
    expect([heard, states(), errors]).toEqual([['1.0'], ['running', 'running', 'running'], []])
    await system.stop()
  })

  it('is sent once under a key, from one member to one member', async () => {
    const { system, heard } = await setUp()
    const say = (from: string, to: string, x: number) =>
      system.as('ann').swarm('squad').send(from, to, { type: 'n', x }, { key: 'k' })
    for (const x of [1, 2]) say('a', 'b', x)
    say('c', 'b', 3)
    say('a', 'c', 4)
    await settle()
    expect(heard).toEqual(['1.0', '3.0', '4.0'])
    await system.stop()
  })

  it('knows why it was sent, and does not go round without end', async () => {
    const { system, seen, dead } = await setUp({ maxHops: 10 })
    system.as('ann', { correlationId: 'why' }).send('a', { type: 'pass', to: 'b' })
    await settle()
    expect(dead()).toEqual(['hops'])
    const last = seen.envelopes.findLast(({ event }) => event.type === 'system.dead-letter')
    expect(last?.cause).toMatchObject({ correlationId: 'why' })
    await system.stop()
  })
})
