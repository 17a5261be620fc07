/** A server that says to clients what a test tells it to, over real sockets. */
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

export interface Heard {
  readonly id: string
  readonly type: string
  readonly key?: string
  readonly signature?: string
  readonly payload: Readonly<Record<string, unknown>>
}

/** One connection that a client made. */
export interface Visitor {
  readonly heard: Heard[]
  readonly socket: WebSocket
  say(type: string, payload?: object, more?: object): void
}

/** Resolves as soon as it fits; fails after 5 s. */
export const until = async (fits: () => boolean) => {
  for (const end = Date.now() + 5_000; !fits(); await new Promise((resolve) => setImmediate(resolve)))
    if (Date.now() > end) throw new Error('it did not come about within 5 s')
}

/** Answers each frame as it is told; `turn` is the number of the connection, from 1. */
export const serve = async (answer: (frame: Heard, visitor: Visitor, turn: number) => void) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  const visitors: Visitor[] = []
  server.on('connection', (socket) => {
    const say: Visitor['say'] = (type, payload = {}, more = {}) =>
      socket.send(JSON.stringify({ id: 's', type, payload, ...more }))
    const visitor: Visitor = { heard: [], socket, say }
    const turn = visitors.push(visitor)
    socket.on('message', (data) => {
      // The client is what is tested: what it sends is taken for a frame, and the tests look at it.
      const frame = JSON.parse(String(data)) as Heard
      visitor.heard.push(frame)
      answer(frame, visitor, turn)
    })
  })
  const close = () => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  }
  // A server that listens on a port has an address.
  const { port } = server.address() as AddressInfo
  const heardIn = (turn: number) => visitors[turn - 1]?.heard ?? []
  const typesOf = (turn: number) => heardIn(turn).map(({ type }) => type)
  return { url: `ws://127.0.0.1:${port}`, visitors, heardIn, typesOf, close }
}

export const welcome = (visitor: Visitor, turn: number, more: object = {}) =>
  visitor.say('welcome', {
    ...{ session: 's', client: 'me', cursor: { epoch: 'e', offset: 1 }, resumed: turn > 1, permissions: [] },
    ...{ limits: { frame: 1_048_576, subscriptions: 1, outbox: 1 }, heartbeat: 30_000, ...more },
  })
