/** Messages that somebody was promised: they are handled, also when the process ends before that. */
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../../actors/agent/define.js'
import { swarm } from '../../../actors/swarm/define.js'
import { createLives } from '../../kit/mortal.js'
import { settle } from '../../kit/quiet.js'

const done: string[] = []
const worker = agent('worker', {
  hears: { note: { text: z.string() }, endless: {} },
  on: {
    note: ({ text }) => void done.push(text),
    endless: () => new Promise<void>(() => {}),
  },
})
const voter = agent('voter', {
  hears: { note: { text: z.string() } },
  on: {
    note: ({ text }) => void done.push(text),
    async ballot(_, { sleep }) {
      await sleep(100)
    },
  },
})
const note = (text: string) => ({ type: 'note', text })

/** A life with an agent that is paused. */
const paused = async () => {
  const lives = createLives()
  const first = lives.begin()
  const ada = first.system.spawn(worker, { id: 'ada' })
  await ada.ready
  await ada.pause()
  return { lives, first, ada }
}

/** The next life, in which the agent goes on. */
const resumed = async (lives: ReturnType<typeof createLives>, later = 1_000) => {
  const life = lives.begin(later)
  await life.system.recover([worker])
  await life.system.agent('ada').ready
  await life.system.agent('ada').resume()
  await settle()
  return life
}

beforeEach(() => void done.splice(0))

describe('a message that was accepted when the process was killed', () => {
  it('is handled where it steers', async () => {
    const { lives, first } = await paused()
    await first.system.as('ann').agent('ada').steer(note('steered'))
    first.kill()
    await resumed(lives)
    expect(done).toEqual(['steered'])
  })

  it('is handled where a schedule sent it, of which nothing is left', async () => {
    const { lives, first, ada } = await paused()
    await first.system.schedule(ada, { type: 'note', text: 'alarm' }, { after: 50 }, { id: 'alarm' }).ready
    await first.clock.advance(100)
    first.kill()
    await resumed(lives)
    expect(done).toEqual(['alarm'])
  })

  it('waits alone where its schedule goes on', async () => {
    const { lives, first, ada } = await paused()
    await first.system.schedule(ada, { type: 'note', text: 'beat' }, { every: 50 }, { id: 'beat' }).ready
    await first.clock.advance(60)
    first.kill()
    const second = lives.begin()
    await second.system.recover([worker])
    await second.clock.advance(500)
    await second.system.agent('ada').resume()
    await settle()
    expect(done).toEqual(['beat'])
  })

  it('waits alone where its schedule goes on, in the process after the next as well', async () => {
    const { lives, first, ada } = await paused()
    await first.system.schedule(ada, { type: 'note', text: 'beat' }, { every: 50 }, { id: 'beat' }).ready
    await first.clock.advance(60)
    first.kill()
    const second = lives.begin()
    await second.system.recover([worker])
    await settle()
    second.kill()
    const third = lives.begin()
    await third.system.recover([worker])
    await third.clock.advance(500)
    await third.system.agent('ada').resume()
    await settle()
    expect(done).toEqual(['beat'])
  })

  it('is handled in the order of their arrival, although the clock was set back', async () => {
    const { lives, first } = await paused()
    first.system.deliver('ada', note('one'), {}, 'ann')
    first.kill()
    const second = lives.begin(-50_000)
    await second.system.recover([worker])
    await settle()
    second.system.deliver('ada', note('two'), {}, 'ann')
    second.kill()
    await resumed(lives)
    expect(done).toEqual(['one', 'two'])
  })

  it('is handled where it waits in a swarm for an election', async () => {
    const lives = createLives()
    const first = lives.begin()
    const members = ['a', 'b', 'c'].map((id) => first.system.spawn(voter, { id }))
    const squad = first.system.spawn(swarm({ id: 's', goal: 'x', topology: 'star', members }))
    await settle()
    void first.system.agent('a').stop()
    await first.clock.advance(10)
    first.system.as('ann').swarm(squad.id).send('b', 'c', note('passed on'))
    await settle()
    expect(first.system.state.swarms.get('s')?.coordinator).toBeUndefined()
    first.kill()
    const { system, clock } = lives.begin()
    await system.recover([voter])
    await clock.advance(20_000)
    expect(done).toEqual(['passed on'])
    expect([...lives.journal.records.list('letter/')]).toEqual([])
  })

  it('is remembered no longer than its handler, which was left behind', async () => {
    const lives = createLives()
    const { system, clock } = lives.begin()
    await system.spawn(worker, { id: 'ada' }).ready
    system.deliver('ada', { type: 'endless' }, {}, 'ann')
    await settle()
    expect([...lives.journal.records.list('letter/')]).toHaveLength(1)
    const stopped = system.agent('ada').stop({ force: true })
    await clock.advance(30_000)
    await stopped
    expect([...lives.journal.records.list('letter/')]).toEqual([])
  })
})

describe('dead letters', () => {
  it('that were sent again and wait are handled after all', async () => {
    const lives = createLives()
    const first = lives.begin()
    const ada = first.system.spawn(worker, { id: 'ada', mailbox: { capacity: 1, overflow: 'refuse' } })
    await ada.ready
    await ada.pause()
    first.system.deliver('ada', note('a'), {}, 'ann')
    expect(() => first.system.deliver('ada', note('b'), {}, 'ann')).toThrow('As many messages wait')
    const [dead] = await first.system.deadLetters()
    await ada.resume()
    await settle()
    await ada.pause()
    await first.system.replay(dead?.id ?? '')
    first.kill()
    await resumed(lives)
    expect(done).toEqual(['a', 'b'])
  })

  it('that are buried as the process begins are the newest, and no more are kept than may be', async () => {
    const { lives, first } = await paused()
    for (const type of ['x1', 'x2', 'x3']) first.system.send('nobody', { type })
    first.system.deliver('ada', note('new'), {}, 'ann')
    first.kill()
    const { system } = lives.begin(1_000, { deadLetters: { keep: 2 } })
    await system.recover([])
    expect((await system.deadLetters()).map(({ message }) => message)).toMatchObject([{ type: 'note' }, { type: 'x3' }])
  })
})
