import { afterEach, describe, expect, it } from 'vitest'
import { agent, swarm } from '../../../actors/index.js'
import { createManualClock } from '../../../src/clock.js'
import { createSeededIds } from '../../../src/ids.js'
import { createSystem, type System } from '../../../src/system/system.js'
import { majority, plurality, unanimous, weighted } from '../../../src/vote/rules.js'
import { type Recording, record } from '../../kit/events.js'
import { quietSystem, settle } from '../../kit/quiet.js'

let system: System
afterEach(() => system.stop({ force: true }))

const mute = agent('mute', { hears: {}, on: {} })
/** Votes only when told to, so that a ballot stays open. */
const waiting = agent('waiting', {
  hears: {},
  on: { ballot: (_, { signal }) => new Promise((end) => signal.addEventListener('abort', end)) },
})
const sure = (name: string, choice: string, confidence: number) =>
  agent(name, { hears: {}, on: { ballot: (_, { vote }) => vote(choice, { confidence }) } })

const start = (): Recording => {
  system = createSystem({ onError: () => {} })
  return record(system)
}

describe('a ballot', () => {
  it('counts weight where the rule asks for it', async () => {
    start()
    const ballot = system.propose('ship?', { voters: ['lead', 'a', 'b'], choices: ['yes', 'no'], rule: weighted({ lead: 3 }) })
    await ballot.vote('a', 'no')
    expect(await ballot.vote('lead', 'yes')).toMatchObject({ state: 'closed' })
    expect(await ballot.result()).toMatchObject({ decision: 'yes', reason: 'decided', votes: { yes: 3, no: 1 } })
  })

  it('finds what many are sure of, and says how sure they are together', async () => {
    start()
    const voters = [sure('x', 'rust', 0.9), sure('y', 'go', 0.5), sure('z', 'go', 0.2)].map((each) => system.spawn(each))
    const ballot = system.propose('which?', { voters, choices: ['rust', 'go', 'zig'], rule: plurality() })
    expect(await ballot.result()).toMatchObject({ decision: 'rust', confidence: 0.5625, votes: { rust: 0.9, go: 0.7, zig: 0 } })
    expect((await system.view()).ballots.get(ballot.id)?.confidence).toBe(0.5625)
    const doubtful = system.propose('which?', { voters, choices: ['rust', 'go'], rule: plurality({ confidence: 0.6 }) })
    expect((await doubtful.result()).decision).toBeNull()
  })

  it('refuses a confidence that is none', async () => {
    start()
    const ballot = system.propose('?', { voters: ['a'], choices: ['yes'] })
    await expect(ballot.vote('a', 'yes', { confidence: 7 })).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
  })

  it('does not wait for a voter that stops without a word, and keeps the vote of one that stops after it', async () => {
    const seen = start()
    const [a, b] = [system.spawn(waiting, { id: 'a' }), system.spawn(waiting, { id: 'b' })]
    const ballot = system.propose('?', { voters: [a, b, 'c'], choices: ['yes', 'no'], rule: unanimous() })
    await ballot.vote(a, 'no')
    await a.stop({ force: true })
    await b.stop({ force: true })
    await ballot.vote('c', 'no')
    expect(await ballot.result()).toMatchObject({ decision: 'no', votes: { yes: 0, no: 2 }, voters: 2 })
    expect(seen.events.flatMap((event) => (event.type === 'ballot.voter' ? [`${event.voter} ${event.change}`] : []))).toEqual([
      'b left',
    ])
    expect((await system.view()).ballots.get(ballot.id)?.voters).toEqual(['a', 'c'])
  })

  it('hears members that join the swarm while it is open, and lets those go that leave', async () => {
    const seen = start()
    const [a, b, c] = ['a', 'b', 'c'].map((id) => system.spawn(waiting, { id }))
    const squad = system.spawn(swarm({ goal: 'vote', members: ['a', 'b'] }))
    const ballot = system.propose('?', { voters: squad, choices: ['yes', 'no'], rule: majority({ quorum: 1 }) })
    await squad.join('c')
    await squad.leave('a')
    expect(seen.events.flatMap((event) => (event.type === 'ballot.voter' ? [`${event.voter} ${event.change}`] : []))).toEqual([
      'c joined',
      'a left',
    ])
    await expect(ballot.vote('a', 'yes')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await ballot.vote('b', 'yes')
    await ballot.vote('c', 'yes')
    expect(await ballot.result()).toMatchObject({ decision: 'yes', voters: 2 })
    expect([a?.id, b?.id, c?.id]).toEqual(['a', 'b', 'c'])
  })

  it('does not hear who left the swarm while making up their mind, and that is no failure of theirs', async () => {
    const { system, clock, seen, errors } = quietSystem()
    const slow = agent('slow', {
      hears: { ping: {} },
      on: {
        async ballot(_, { vote, sleep }) {
          await sleep(100)
          vote('yes')
        },
        ping: () => 'pong',
      },
    })
    const [a] = ['a', 'b'].map((id) => system.spawn(slow, { id }))
    const squad = system.spawn(swarm({ goal: 'vote', members: ['a', 'b'] }))
    const ballot = system.propose('?', { voters: squad, choices: ['yes', 'no'] })
    await settle()
    await squad.leave('a')
    await clock.advance(100)
    expect(await ballot.result()).toMatchObject({ decision: 'yes', votes: { yes: 1, no: 0 }, voters: 1 })
    expect(seen.events.flatMap((event) => (event.type === 'ballot.vote' ? [event.voter] : []))).toEqual(['b'])
    expect(errors).toEqual([])
    expect(await a?.ask({ type: 'ping' })).toBe('pong')
    await system.stop()
  })

  it('asks each voter once, named twice or given another role, and follows nobody when it has closed', async () => {
    const { system, seen } = quietSystem()
    let asked = 0
    const patient = agent('patient', {
      hears: {},
      concurrency: 10,
      on: {
        ballot(_, { signal }) {
          asked++
          return new Promise((end) => signal.addEventListener('abort', end))
        },
      },
    })
    for (const id of ['a', 'b']) system.spawn(patient, { id })
    const squad = system.spawn(swarm({ goal: 'vote', members: ['a', 'b'] }))
    await settle()
    const before = system.listeners
    const named = system.propose('?', { voters: ['a', 'a', 'b'], choices: ['yes', 'no'] })
    const sworn = system.propose('?', { voters: squad, choices: ['yes', 'no'] })
    await squad.join('a', 'reviewer')
    await settle()
    for (const ballot of [named, sworn]) for (const voter of ['a', 'b']) await ballot.vote(voter, 'yes')
    expect(await named.result()).toMatchObject({ voters: 2 })
    expect(await sworn.result()).toMatchObject({ voters: 2 })
    expect(seen.events.flatMap((event) => (event.type === 'ballot.opened' ? [event.voters] : []))).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ])
    expect(asked).toBe(4)
    expect(system.listeners).toBe(before)
    await system.stop({ force: true })
  })

  it('takes a voter whose hook throws for one that abstains', async () => {
    start()
    const shaky = agent('shaky', {
      hears: {},
      on: {
        ballot() {
          throw new Error('not now')
        },
      },
    })
    const a = system.spawn(shaky, { id: 'a' })
    const ballot = system.propose('?', { voters: [a, 'b'], choices: ['yes', 'no'], rule: unanimous() })
    await ballot.vote('b', 'yes')
    expect(await ballot.result()).toMatchObject({ decision: 'yes', abstained: 1 })
  })

  it('lets those abstain who have no opinion, and holds ten thousand voters', async () => {
    start()
    const quiet = system.spawn(mute)
    const voters = Array.from({ length: 10_000 }, (_, at) => `v${at}`)
    const ballot = system.propose('?', { voters: [quiet, ...voters], choices: ['yes', 'no'], rule: majority({ quorum: 1 }) })
    for (const [at, voter] of voters.entries()) await ballot.vote(voter, at % 3 === 0 ? 'no' : 'yes')
    expect(await ballot.result()).toEqual({
      ...{ decision: 'yes', reason: 'complete', votes: { yes: 6_666, no: 3_334 } },
      ...{ abstained: 1, voters: 10_001 },
    })
  })

  it('comes out the same for the same seed', async () => {
    const once = async (seed: number) => {
      const clock = createManualClock()
      const ids = createSeededIds(seed, () => clock.now())
      system = createSystem({ clock, ids, onError: () => {} })
      const seen = record(system)
      const fickle = agent('fickle', {
        hears: {},
        on: {
          ballot: ({ choices }, { vote }) =>
            vote(choices[Math.floor(ids.random() * choices.length)], { confidence: ids.random() }),
        },
      })
      const voters = Array.from({ length: 50 }, (_, at) => system.spawn(fickle, { id: `v${at}` }))
      const ballot = system.propose('?', { id: 'b', voters, choices: ['x', 'y', 'z'], rule: plurality(), within: 1_000 })
      await clock.advance(1_000)
      const decision = await ballot.result()
      await system.stop({ force: true })
      return JSON.stringify([decision, seen.events])
    }
    const [first, second, other] = [await once(7), await once(7), await once(8)]
    expect(second).toBe(first)
    expect(other).not.toBe(first)
  })
})
