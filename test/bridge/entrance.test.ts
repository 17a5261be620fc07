import { describe, expect, it } from 'vitest'
import { Entrance } from '../../bridge/entrance.js'
import { keyed } from '../kit/keyed.js'
import { setUp } from '../kit/world.js'

/** Something that is looked at until somebody says that it is over. */
const pending = () => {
  let end: (error?: Error) => void = () => {}
  const looking = new Promise<void>((resolve, reject) => {
    end = (error) => (error ? reject(error) : resolve())
  })
  return { looking, end: (error?: Error) => end(error) }
}

describe('what one client asks', () => {
  it('is begun in the order in which it came, whichever is looked at longest, and what is turned away holds nobody up', async () => {
    const entrance = new Entrance()
    const begun: number[] = []
    const looks = [pending(), pending(), pending()]
    const enter = (at: number, looking?: Promise<void>) =>
      entrance.enter(looking, async () => {
        begun.push(at)
        return at
      })
    const said = [...looks.map(({ looking }, at) => enter(at, looking)), enter(3)]
    looks[2]?.end()
    looks[1]?.end(new Error('not you'))
    await looks[2]?.looking
    expect(begun).toEqual([])
    looks[0]?.end()
    const outcomes = await Promise.allSettled(said)
    expect(begun).toEqual([0, 2, 3])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    // Where nobody waits, it is begun in the same turn.
    void enter(4)
    expect(begun.at(-1)).toBe(4)
  })

  it('is carried out in order although one is signed and large, and a guard thinks longest about the first', async () => {
    const first = pending()
    const guard = ({ type, ...rest }: { type: string; body?: unknown }) =>
      type === 'channel.publish' && rest.body === 0 ? first.looking : undefined
    const { client, token, system } = await setUp({ guard })
    const one = await client()
    await one.hello({ token: await token() })
    const heard: unknown[] = []
    system.listen('team.#', ({ event }) => void heard.push(event.type === 'message' ? event.body : event))
    const ids = [0, 1, 2].map((body) => one.say('channel.publish', { topic: 'team.blue', body }))
    await one.ask('ping')
    expect(heard).toEqual([])
    first.end()
    for (const id of ids) await one.until(({ type, correlationId }) => type === 'reply' && correlationId === id)
    expect(heard).toEqual([0, 1, 2])
  })

  it('on a connection that is lost is begun before what it asks on the next', async () => {
    const first = pending()
    const guard = ({ type, ...rest }: { type: string; body?: unknown }) =>
      type === 'channel.publish' && rest.body === 0 ? first.looking : undefined
    const { client, token, system } = await setUp({ guard })
    const mine = await token()
    const heard: unknown[] = []
    system.listen('team.#', ({ event }) => void heard.push(event.type === 'message' ? event.body : event))
    const one = await client()
    const { payload } = await one.hello({ token: mine })
    one.say('channel.publish', { topic: 'team.blue', body: 0 }, { key: 'k0' })
    await one.ask('ping')
    const two = await client()
    await two.hello({ token: mine, resume: { session: String(payload['session']) } })
    const again = two.say('channel.publish', { topic: 'team.blue', body: 0 }, { key: 'k0' })
    const next = two.say('channel.publish', { topic: 'team.blue', body: 1 }, { key: 'k1' })
    await two.ask('ping')
    expect(heard).toEqual([])
    first.end()
    for (const id of [again, next]) await two.until(({ type, correlationId }) => type === 'reply' && correlationId === id)
    expect(heard).toEqual([0, 1])
  })

  it('signed, of different sizes and all at once, stands in the order in which it was said, time and again', async () => {
    const { as } = await keyed({ names: ['ann'], signatures: { required: [{}] } })
    const { client: ann } = await as('ann')
    for (let round = 0; round < 20; round++) {
      const channel = ann.channel(`team.${round}`)
      const said = [0, 1, 2, 3, 4].map((at) => channel.publish(at === 1 ? 'x'.repeat(300_000) : at))
      expect((await Promise.all(said)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
    }
  })
})
