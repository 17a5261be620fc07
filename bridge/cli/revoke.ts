/** `troupe revoke`: a token is accepted no more, and its connections end. */
import { decodeJwt } from 'jose'
import { TroupeError } from '../../src/errors.js'
import { jsonLine, plain } from './print.js'
import { receipt } from './receipt.js'
import { type RemoteFlags, visit } from './remote.js'

/** The id of a token, and when it ends, where a token is given rather than an id. */
const revocationOf = (given: string): { readonly jti: string; readonly until?: number } => {
  if (given.split('.').length !== 3) return { jti: given }
  try {
    const { jti, exp } = decodeJwt(given)
    if (jti !== undefined) return { jti, ...(exp === undefined ? {} : { until: exp * 1_000 }) }
  } catch {
    // It may be an id that looks like a token.
    return { jti: given }
  }
  throw new TroupeError(
    'INVALID_OPTION',
    'That token has no id (jti), by which it could be revoked; change the secret, or wait for its end.',
  )
}

export const revoke = async (given: readonly string[], flags: RemoteFlags): Promise<void> => {
  const revocations = given.map(revocationOf)
  await visit(flags, async (client) => {
    for (const { jti, until } of revocations)
      await receipt(`token ${plain(jti)}`, async () => {
        const applied = await client.revoke(jti, { until })
        return flags.json ? jsonLine({ verb: 'revoke', ...applied }) : `revoked token ${plain(jti)}`
      })
  })
}
