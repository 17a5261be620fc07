import { describe, expect, it } from 'vitest'
import { connect } from '../../../bridge/client.js'
import { createKeys, publicKeys } from '../../../src/crypto/keys.js'
import type { Envelope } from '../../../src/protocol/envelope.js'
import { open, setUp } from '../../kit/world.js'

/** Two tenants, each with a client called ann who has keys: acme's are registered, blue's are bound to her token. */
const shared = async () => {
  const [ours, theirs] = [await createKeys(), await createKeys()]
  const registered = Object.values(publicKeys(ours)).map((key) => ({ ...key, tenant: 'acme' }))
  const at = await setUp({ signatures: { keys: { ann: registered } } })
  const { sign, encrypt } = publicKeys(theirs)
  const token = (sub: string, tenant?: string, more: object = {}) =>
    at.token({ sub, permissions: ['read', 'write'], ...(tenant ? { tenant } : {}), ...more })
  const as = async (sub: string, tenant: string, keys?: typeof ours, more: object = {}) => {
    const client = connect(at.bridge.url, { token: await token(sub, tenant, more), onError: () => {}, ...(keys ? { keys } : {}) })
    open.push(() => client.stop())
    return client
  }
  const list = async (shown?: string) => {
    const response = await fetch(
      `${at.http}/.well-known/jwks.json`,
      shown ? { headers: { Authorization: `Bearer ${shown}` } } : {},
    )
    const { keys = [] } = (await response.json()) as { keys?: { sub: string; kid: string }[] }
    return { status: response.status, kids: keys.map(({ kid }) => kid), cache: response.headers.get('cache-control') }
  }
  return { as, list, token, ours, theirs, bound: { cnf: { jwk: sign }, encrypt } }
}

describe('the keys of tenants', () => {
  it('are listed to a token of theirs alone, whoever has the same name elsewhere', async () => {
    const { as, list, token, ours, theirs, bound } = await shared()
    const blue = await as('ann', 'blue', theirs, bound)
    await blue.view()
    expect(await list()).toMatchObject({ kids: [], cache: 'public, max-age=60' })
    const kids = (keys: typeof ours) => Object.values(publicKeys(keys)).map(({ kid }) => kid)
    expect(await list(await token('bob', 'acme'))).toMatchObject({ kids: kids(ours), cache: 'private, max-age=60' })
    expect((await list(await token('bob', 'blue'))).kids.sort()).toEqual(kids(theirs).sort())
    expect((await list(await token('bob'))).kids).toEqual([])
    expect(await list('nonsense')).toMatchObject({ status: 401, kids: [] })
  })

  it('prove who spoke within each: nobody passes for the one of the same name', async () => {
    const { as, ours, theirs, bound } = await shared()
    const [ann, bob, other] = [await as('ann', 'acme', ours), await as('bob', 'acme'), await as('ann', 'blue', theirs, bound)]
    const heard = new Promise<Envelope>((resolve) => bob.channel('team.#').envelopes.subscribe(resolve))
    await bob.view()
    await other.channel('team.word').publish('not for bob')
    await ann.channel('team.word').publish('for bob')
    const envelope = await heard
    expect(envelope.event).toMatchObject({ body: 'for bob' })
    expect(await bob.verify(envelope)).toMatchObject({ from: 'ann', kid: publicKeys(ours).sign.kid })
    // With the keys of acme's ann, blue's cannot speak.
    const thief = await as('ann', 'blue', ours, bound)
    await expect(thief.channel('team.word').publish('stolen')).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
  })
})
