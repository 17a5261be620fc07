import { describe, expect, it } from 'vitest'
import { connect } from '../../../bridge/client.js'
import { createKeys, createSigner, publicKeys } from '../../../src/crypto/index.js'
import type { Envelope } from '../../../src/protocol/envelope.js'
import { open, setUp } from '../../kit/world.js'

describe('an agent of the process that signs', () => {
  it('is believed by a client that verifies, and nobody else in its name', async () => {
    const keys = await createKeys()
    const { system, bridge, token } = await setUp({ signatures: { keys: { ada: [publicKeys(keys).sign] } } })
    const client = connect(bridge.url, { token: await token(), verify: 'required', onError: () => {} })
    open.push(() => client.stop())
    const heard: Envelope[] = []
    const two = new Promise<void>((resolve) => {
      client.channel('team.blue').envelopes.subscribe((envelope) => {
        if (heard.push(envelope) === 2) resolve()
      })
    })
    await client.view()
    const signer = await createSigner({ id: 'ada', sign: keys.sign })
    const channel = system.as('ada').channel('team.blue')
    const signed = await signer.publish('team.blue', { go: 1 }, { priority: 'critical', metadata: { why: 'now' } })
    await channel.publish({ go: 1 }, signed)
    await channel.publish({ go: 2 }, signed)
    await system.as('eve').channel('team.blue').publish({ go: 1 }, signed)
    await channel.publish('unsigned')
    await channel.publish('last', await signer.publish('team.blue', 'last'))
    await two
    expect(heard.map(({ event }) => (event.type === 'message' ? event.body : event))).toEqual([{ go: 1 }, 'last'])
  })

  it('needs a key that is private, and signs', async () => {
    const { sign, encrypt } = await createKeys()
    await expect(createSigner({ id: 'ada', sign: encrypt })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    const { d: _, ...half } = sign
    await expect(createSigner({ id: 'ada', sign: half as typeof sign })).rejects.toThrow(/public half alone/)
  })

  it('may keep its key where it cannot be taken out', async () => {
    const pair = (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair
    const { signature } = await (await createSigner({ id: 'ada', sign: pair })).publish('team.blue', 1)
    expect(signature.split('.')).toHaveLength(3)
  })
})
