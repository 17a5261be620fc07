/** `troupe token`: prints a token. */
import { TroupeError } from '../../src/errors.js'
import type { Permission } from '../principal.js'
import { signToken } from '../token.js'
import { boundKeys } from './keys.js'
import { durationOf, listOf, namesOf } from './values.js'

export interface TokenFlags {
  readonly sub: string
  readonly permissions: string
  readonly channels: string
  readonly agents?: string
  readonly tenant?: string
  readonly controls?: string
  readonly jti?: string
  readonly addresses?: string
  readonly ttl: string
  readonly key?: string
  readonly secret?: string
}

export const token = async (flags: TokenFlags): Promise<void> => {
  if (!flags.secret)
    throw new TroupeError(
      'INVALID_OPTION',
      'A token is signed with the secret of the bridge: set TROUPE_SECRET, or give --secret-file.',
    )
  const patterns = namesOf('channels', flags.channels)
  // signToken says which permission it does not know.
  const permissions = namesOf('permissions', flags.permissions) as Permission[]
  const claims = {
    sub: flags.sub,
    permissions,
    channels: { read: patterns, write: patterns },
    agents: listOf(flags.agents ?? ''),
    ttl: durationOf(flags.ttl),
    ...(flags.tenant === undefined ? {} : { tenant: flags.tenant }),
    ...(flags.controls === undefined ? {} : { controls: listOf(flags.controls) }),
    ...(flags.jti === undefined ? {} : { jti: flags.jti }),
    ...boundKeys(flags.key),
    ...(flags.addresses === undefined ? {} : { addresses: namesOf('addresses', flags.addresses) }),
  }
  console.log(await signToken(claims, flags.secret))
}
