/** What the bridge answers to plain HTTP. */

import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import type { System } from '../src/system/system.js'
import { listKeys } from './keys/page.js'
import type { Ring } from './keys/ring.js'

export interface HttpFacts {
  readonly system: System
  readonly startedAt: number
  readonly ring: Ring
  connections(): number
  draining(): boolean
  isSocketPath(path: string): boolean
}

/** `GET /healthz`: it lives. `GET /readyz`: it takes work; 503 while it drains. Everything else is said to be elsewhere, in JSON. */
export const createHttp = (facts: HttpFacts): RequestListener => {
  const { system } = facts
  const status = () => {
    const { agents, tasks, swarms } = system.state
    const uptime = system.clock.now() - facts.startedAt
    return { uptime, connections: facts.connections(), agents: agents.size, tasks: tasks.size, swarms: swarms.size }
  }
  const app = new Hono()
  app.get('/healthz', (context) => context.json({ status: 'ok', ...status() }))
  app.get('/readyz', (context) => {
    const draining = facts.draining()
    return context.json({ status: draining ? 'draining' : 'ok', ...status() }, draining ? 503 : 200)
  })
  listKeys(app, facts.ring)
  app.notFound((context) => {
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
