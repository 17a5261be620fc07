/** A server, its router and clients of claude-flow, closed after each test. */
import type { EventEmitter } from 'node:events'
import {
  type RouterOptions,
  WSClient,
  type WSClientOptions,
  WSRouter,
  WSServer,
  type WSServerOptions,
} from '../../bridge/claude-flow/index.js'
import { open } from '../kit/world.js'

/** The next event of that name. */
export const next = <T = unknown>(emitter: EventEmitter, name: string): Promise<T> =>
  new Promise((resolve) => emitter.once(name, (news: T) => resolve(news)))

/** All events of that name, from now on. */
export const all = <T = unknown>(emitter: EventEmitter, name: string): T[] => {
  const list: T[] = []
  emitter.on(name, (news: T) => list.push(news))
  return list
}

/** Resolves once it is so. */
export const wait = (fits: () => boolean) =>
  new Promise<void>((resolve) => {
    const look = () => (fits() ? resolve() : void setImmediate(look))
    look()
  })

export const stand = async (options: WSServerOptions = {}, routing: RouterOptions = {}) => {
  const server = new WSServer({ port: 0, ...options })
  const router = new WSRouter(server, routing)
  await server.start()
  open.push(() => server.shutdown())
  const url = `ws://127.0.0.1:${server.port}`
  const make = (more: Partial<WSClientOptions> = {}) => {
    const client = new WSClient({ url, reconnect: false, ...more })
    open.push(async () => client.disconnect())
    return client
  }
  const client = async (more: Partial<WSClientOptions> = {}) => {
    const one = make(more)
    await one.connect()
    return one
  }
  return { server, router, url, make, client }
}
