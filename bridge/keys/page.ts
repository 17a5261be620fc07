/** `GET /.well-known/jwks.json`: the public keys of everybody, for whoever verifies or encrypts. */
import type { IncomingMessage } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import { toTroupeError } from '../../src/errors.js'
import { bearerOf, retryAfterOf } from '../door.js'
import type { Principal } from '../principal.js'
import type { Ring } from './ring.js'

export interface KeyList {
  readonly ring: Ring
  /** Who a token stands for. */
  admit(token: string | undefined, address: string): Promise<Pick<Principal, 'tenant'>>
  addressOf(request: IncomingMessage): string
}

/** Seconds that the list may be kept by whoever read it. */
const maxAge = 60
/** Where the list stands. */
export const keyList = '/.well-known/jwks.json'

/** Whether that is where the keys stand. */
export const isKeyList = (url: string): boolean => url.split('?', 1)[0] === keyList

/** Opens the page. It holds nothing private, so that pages of any origin may read it; who there is in a tenant, only a token of it lists. */
export const listKeys = (app: Hono<{ Bindings: HttpBindings }>, { ring, admit, addressOf }: KeyList): void => {
  app.use(keyList, async (context, next) => {
    context.header('Access-Control-Allow-Origin', '*')
    context.header('Vary', 'Authorization')
    await next()
  })
  app.options(keyList, (context) => {
    context.header('Access-Control-Allow-Headers', 'Authorization')
    context.header('Access-Control-Allow-Methods', 'GET')
    return context.body(null, 204)
  })
  app.get(keyList, async (context) => {
    const token = bearerOf(context.req.header('authorization'))
    try {
      const tenant = token === undefined ? undefined : (await admit(token, addressOf(context.env.incoming))).tenant
      context.header('Content-Type', 'application/jwk-set+json')
      context.header('Cache-Control', `${token === undefined ? 'public' : 'private'}, max-age=${maxAge}`)
      return context.body(JSON.stringify(await ring.jwks(tenant)))
    } catch (thrown) {
      const { code, message, details } = toTroupeError(thrown, 'AUTH_FAILED')
      const later = retryAfterOf(code, details)
      return context.json({ error: code, message }, later ? 429 : 401, later)
    }
  })
}
