/** What the bridge answers to plain HTTP. */

import type { RequestListener } from 'node:http'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { System } from '../src/system/system.js'
import { type KeyList, keyList, listKeys } from './keys/page.js'
import type { MetricsPage } from './metrics/page.js'

export interface HttpFacts extends KeyList {
  readonly system: System
  readonly startedAt: number
  /** Whether it is spoken over TLS. */
  readonly secure: boolean
  connections(): number
  draining(): boolean
  isSocketPath(path: string): boolean
  /** Absent where there is none. */
  readonly metrics: MetricsPage | undefined
}

/** How many of these are no tenant's. */
const nobodys = (entries: ReadonlyMap<string, { readonly tenant?: string | undefined }>): number => {
  let count = 0
  for (const { tenant } of entries.values()) if (tenant === undefined) count++
  return count
}

/** `GET /healthz`: it lives. `GET /readyz`: it takes work; 503 while it drains. `GET /metrics`: its figures. Everything else is said to be elsewhere, in JSON. */
export const createHttp = (facts: HttpFacts): RequestListener => {
  const { system } = facts
  const status = () => {
    // Whoever asks has no tenant: to them, what is a tenant's is not there.
    const { agents, tasks, swarms } = system.state
    const uptime = system.clock.now() - facts.startedAt
    const counts = { agents: nobodys(agents), tasks: nobodys(tasks), swarms: nobodys(swarms) }
    return { uptime, connections: facts.connections(), ...counts }
  }
  const app = new Hono<{ Bindings: HttpBindings }>()
  // Nothing here is a page: no browser has a reason to show, frame, guess or keep it.
  app.use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] },
      xFrameOptions: 'DENY',
      strictTransportSecurity: facts.secure,
    }),
  )
  app.use(async (context, next) => {
    await next()
    if (!context.res.headers.has('Cache-Control')) context.header('Cache-Control', 'no-store')
  })
  app.get('/healthz', (context) => context.json({ status: 'ok', ...status() }))
  app.get('/readyz', (context) => {
    const draining = facts.draining()
    return context.json({ status: draining ? 'draining' : 'ok', ...status() }, draining ? 503 : 200)
  })
  listKeys(app, facts)
  const { metrics } = facts
  if (metrics)
    app.get('/metrics', async (context) => {
      const { status, headers, body } = await metrics.answer(
        context.req.header('authorization'),
        context.req.header('host'),
        facts.addressOf(context.env.incoming),
      )
      return context.body(body, status, headers)
    })
  app.onError((error, context) => {
    system.report('a request of HTTP', error)
    return context.json({ error: 'INTERNAL', message: 'Something went wrong inside; the operator can see what.' }, 500)
  })
  const pages = new Set(['/healthz', '/readyz', keyList, ...(metrics ? ['/metrics'] : [])])
  app.notFound((context) => {
    if (pages.has(context.req.path)) {
      context.header('Allow', 'GET, HEAD')
      return context.json(
        { error: 'UNSUPPORTED', message: `This page can be read (GET); it takes no ${context.req.method}.` },
        405,
      )
    }
    if (!facts.isSocketPath(context.req.path))
      return context.json(
        { error: 'NOT_FOUND', message: 'There is nothing here; see /healthz and /readyz, or connect by WebSocket.' },
        404,
      )
    context.header('Upgrade', 'websocket')
    return context.json(
      { error: 'UPGRADE_REQUIRED', message: 'This path speaks WebSocket; connect with a WebSocket client.' },
      426,
    )
  })
  const listener = getRequestListener(app.fetch)
  return (request, response) => void listener(request, response)
}
