/** `GET /.well-known/jwks.json`: the public keys of everybody, for whoever verifies or encrypts. */
import type { Env, Hono } from 'hono'
import type { Ring } from './ring.js'

/** Seconds that the list may be kept by whoever read it. */
const maxAge = 60

/** Opens the page. It holds nothing private, so that pages of any origin may read it. */
export const listKeys = <E extends Env>(app: Hono<E>, ring: Ring): void => {
  app.get('/.well-known/jwks.json', async (context) => {
    context.header('Content-Type', 'application/jwk-set+json')
    context.header('Cache-Control', `public, max-age=${maxAge}`)
    context.header('Access-Control-Allow-Origin', '*')
    return context.body(JSON.stringify(await ring.jwks()))
  })
}
