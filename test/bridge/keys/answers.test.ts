import { describe, expect, it } from 'vitest'
import { createKeys } from '../../../src/crypto/keys.js'
import { keyed } from '../../kit/keyed.js'

describe('an agent of a client that was asked in secret', () => {
  it('fails where whoever asked cannot be answered in secret, is told why, and goes on with what is next', async () => {
    const { as, keysOf } = await keyed({ names: ['ann', 'bob'] })
    const { client: bob, errors } = await as('bob')
    const worker = bob.register({ id: 'zoe', hears: ['review'] }, ({ message }) => message['path'])
    await worker.ready
    // Nobody knows a public key of this one.
    const { client: stranger } = await as('cleo', { keys: { encrypt: (await createKeys()).encrypt } })
    const asked = stranger.ask('zoe', { type: 'review', path: 'a' }, { encryptFor: ['bob'] })
    await expect(asked).rejects.toMatchObject({ code: 'FAILED', message: expect.stringMatching(/No public key of cleo/) })
    const { client: ann } = await as('ann', { keys: keysOf('ann') })
    expect(await ann.ask('zoe', { type: 'review', path: 'b' }, { encryptFor: ['bob'] })).toBe('b')
    expect(errors).toEqual([])
  })

  it('fails where its result cannot be said at all, and goes on with what is next', async () => {
    const { as } = await keyed({ names: ['bob'] })
    const { client: bob, errors } = await as('bob')
    const round: { self?: unknown } = {}
    round.self = round
    const results: Readonly<Record<string, unknown>> = { round, large: 'x'.repeat(2_000_000), fine: 'fine' }
    const worker = bob.register({ id: 'zoe', hears: ['give'] }, ({ message }) => results[String(message['what'])])
    await worker.ready
    const { client: ann } = await as('ann')
    const give = (what: string) => ann.ask('zoe', { type: 'give', what })
    await expect(give('round')).rejects.toMatchObject({ code: 'FAILED', message: expect.stringMatching(/circular/) })
    await expect(give('large')).rejects.toMatchObject({ code: 'FAILED', message: expect.stringMatching(/1048576 bytes/) })
    expect(await give('fine')).toBe('fine')
    expect(errors).toEqual(['INVALID_MESSAGE', 'MESSAGE_TOO_LARGE'])
  })
})
