import { describe, expect, it } from 'vitest'
import { keyed } from '../../kit/keyed.js'

describe('a client that signs and encrypts, and loses its connection', () => {
  it('says what it was about to say once, in order, with signatures that hold', async () => {
    const { as, system } = await keyed({ names: ['ann', 'bob'], signatures: { required: [{}] } })
    const published: unknown[] = []
    system.listen('team.blue', ({ event, signature }) => void published.push([event.type, signature !== undefined]))
    const { client: ann, errors } = await as('ann')
    const { client: bob } = await as('bob', { verify: 'required' })
    const heard: unknown[] = []
    bob.channel('team.blue').subscribe((event) => void heard.push(event.type === 'message' ? event.body : event))
    await bob.view()
    const channel = ann.channel('team.blue')
    await channel.publish(0)
    const said = [1, 2, 3].map((body) => channel.publish(body, body === 2 ? { encryptFor: ['bob'] } : {}))
    ann.reconnect()
    expect((await Promise.all(said)).map(({ seq }) => seq)).toEqual([2, 3, 4])
    bob.reconnect()
    await channel.publish(4)
    await bob.view()
    expect(heard).toEqual([0, 1, 2, 3, 4])
    expect(published).toEqual(Array.from({ length: 5 }, () => ['message', true]))
    expect(errors).toEqual([])
  })

  it('closed while it still encrypts, says nothing more, and tells whoever waits', async () => {
    const { as, system } = await keyed({ names: ['ann', 'bob'] })
    const published: unknown[] = []
    system.listen('team.blue', ({ event }) => void published.push(event))
    const { client: ann } = await as('ann')
    await ann.view()
    const said = ann.channel('team.blue').publish('late', { encryptFor: ['bob'] })
    await Promise.all([expect(said).rejects.toMatchObject({ code: 'CLOSED' }), ann.stop()])
    expect(published).toEqual([])
  })
})
