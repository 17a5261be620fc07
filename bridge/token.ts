/** Tokens: who says so is who holds the secret. */
import { errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { systemClock } from '../src/clock.js'
import { TroupeError } from '../src/errors.js'
import { parsePattern } from '../src/protocol/topic.js'
import { addressList } from './edge/addresses.js'
import { heldKeys, type KeyClaims, keyClaims } from './keys/claims.js'
import { type Permission, type Principal, permissions } from './principal.js'

/** What a token says. */
export interface TokenClaims extends KeyClaims {
  /** Who it is for. */
  readonly sub: string
  /** Default `['read']`. */
  readonly permissions?: readonly Permission[]
  /** Patterns of topics to hear of and to act on. Default `['#']` each; the permission is needed as well. */
  readonly channels?: { readonly read?: readonly string[]; readonly write?: readonly string[] }
  /** Agents that the holder may vote as; `['*']` for any. Default none. */
  readonly agents?: readonly string[]
  /** Agents that the holder may control and give work to; `['*']` for any. Default any that `channels.write` covers. */
  readonly controls?: readonly string[]
  /** The tenant that the holder belongs to, who then sees and touches what is that tenant's and nothing else. Default none. */
  readonly tenant?: string
  /** Its id, by which it can be revoked. Default: made anew. */
  readonly jti?: string
  /** Addresses and networks from which alone it is accepted, such as `10.0.0.0/8`. Default: any. */
  readonly addresses?: readonly string[]
  /** What kind of client the holder is: `frontend`, `agent`, `external`. Default: what it says itself. */
  readonly clientType?: string
  /** Milliseconds until it ends. */
  readonly ttl: number
}

const keyOf = (secret: string): Uint8Array => new TextEncoder().encode(secret)

/** Makes a token (JWT, HS256). Rejects with `INVALID_OPTION` for claims that cannot be. */
export const signToken = async (claims: TokenClaims, secret: string, now = systemClock.now()): Promise<string> => {
  const { sub, ttl, channels = {}, agents = [], clientType, controls, tenant, addresses } = claims
  const { jti = globalThis.crypto.randomUUID() } = claims
  addressList('The claim addresses', addresses ?? [])
  const granted = claims.permissions ?? ['read']
  const unknown = granted.find((each) => !permissions.includes(each))
  if (unknown !== undefined)
    throw new TroupeError('INVALID_OPTION', `A permission is one of ${permissions.join(', ')}; got ${JSON.stringify(unknown)}.`)
  if (!Number.isFinite(ttl) || ttl <= 0)
    throw new TroupeError('INVALID_OPTION', `A token needs a time to live of more than 0 ms; got ${ttl}.`)
  if (sub === '' || secret === '')
    throw new TroupeError('INVALID_OPTION', 'A token needs a subject and a secret; one of them is empty.')
  if (tenant === '' || (tenant ?? '').length > 256 || jti === '' || jti.length > 256)
    throw new TroupeError(
      'INVALID_OPTION',
      'The tenant and the id of a token have 1 to 256 characters; leave out what is not wanted.',
    )
  for (const pattern of [...(channels.read ?? []), ...(channels.write ?? [])]) parsePattern(pattern)
  heldKeys(claims)
  return new SignJWT({
    permissions: [...granted],
    channels: { read: ['#'], write: ['#'], ...channels },
    agents: [...agents],
    ...(clientType === undefined ? {} : { clientType }),
    ...(controls === undefined ? {} : { controls: [...controls] }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(claims.cnf ? { cnf: claims.cnf } : {}),
    ...(claims.encrypt ? { encrypt: claims.encrypt } : {}),
    ...(addresses === undefined ? {} : { addresses: [...addresses] }),
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(sub)
    .setJti(jti)
    .setIssuedAt(Math.floor(now / 1_000))
    .setExpirationTime(Math.ceil((now + ttl) / 1_000))
    .sign(keyOf(secret))
}

const patterns = z.array(z.string().max(2_064)).max(1_000)
const claimsSchema = z.object({
  sub: z.string().min(1).max(256),
  exp: z.number(),
  permissions: z.array(z.enum(permissions)).max(16).default(['read']),
  channels: z.object({ read: patterns.default(['#']), write: patterns.default(['#']) }).default({ read: ['#'], write: ['#'] }),
  agents: z.array(z.string().max(128)).max(10_000).default([]),
  clientType: z.string().max(64).optional(),
  controls: z.array(z.string().max(128)).max(10_000).optional(),
  tenant: z.string().min(1).max(256).optional(),
  jti: z.string().min(1).max(256).optional(),
  ...keyClaims,
  addresses: z.array(z.string().max(64)).max(1_000).optional(),
})

/** Who a token stands for. Rejects with `AUTH_FAILED` or `AUTH_EXPIRED`; the reason never quotes the token. */
export const verifyToken = async (token: string, secret: string, now: number): Promise<Principal> => {
  try {
    const { payload } = await jwtVerify(token, keyOf(secret), {
      algorithms: ['HS256'],
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(now),
    })
    const { exp, permissions: granted, channels, cnf, encrypt, ...claims } = claimsSchema.parse(payload)
    for (const pattern of [...channels.read, ...channels.write]) parsePattern(pattern)
    const rights = { permissions: granted, read: channels.read, write: channels.write }
    return { ...claims, ...rights, ...heldKeys({ cnf, encrypt }), expires: exp * 1_000 }
  } catch (thrown) {
    if (thrown instanceof errors.JWTExpired) throw new TroupeError('AUTH_EXPIRED', 'The token has expired; get a new one.')
    const why = thrown instanceof errors.JOSEError ? thrown.message : 'its claims are not those of a Troupe token'
    throw new TroupeError('AUTH_FAILED', `The token was not accepted: ${why}.`.slice(0, 300))
  }
}

/** Who everybody is when authentication is off. */
export const anybody: Principal = { sub: 'anybody', permissions: ['admin'], read: ['#'], write: ['#'], agents: ['*'] }
