/** A client that only knows the wire: it queues what it is sent, so that a test misses nothing, and speaks both codecs. */
import { WebSocket } from 'ws'
import { jsonCodec } from '../../src/codec/json.js'
import { msgpackCodec } from '../../src/codec/msgpack.js'

export interface Wired {
  readonly id: string
  readonly type: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly correlationId?: string
  readonly channel?: string
  readonly seq?: number
  readonly epoch?: string
  readonly source?: string
  readonly timestamp?: number
  readonly priority?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

export interface TestClient {
  readonly socket: WebSocket
  /** Everything that came, in order. */
  readonly frames: readonly Wired[]
  /** Sends a frame and returns its id. */
  say(type: string, payload?: object, more?: object): string
  /** The first frame, past or future, that fits. Rejects when the connection closes first. */
  until(fits: (frame: Wired) => boolean): Promise<Wired>
  /** Sends a command and resolves with what ended it: `reply`, `pong`, `welcome` or `error`. */
  ask(type: string, payload?: object): Promise<Wired>
  hello(payload?: object): Promise<Wired>
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  close(): Promise<unknown>
}

export interface TestClientOptions {
  readonly codec?: 'json' | 'msgpack'
  /** Default: the codec's own. */
  readonly protocols?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  /** What is trusted and shown over TLS. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  /** From which address of this machine it connects. */
  readonly from?: string
  /** Whether it offers to compress. Default false. */
  readonly deflate?: boolean
}

/** Events carry the id of the request that led to them too, so only these are its answer. */
const answers = new Set(['reply', 'error', 'pong', 'welcome'])

const codecs = { json: jsonCodec, msgpack: msgpackCodec }

export const connectRaw = async (url: string, options: TestClientOptions = {}): Promise<TestClient> => {
  const { codec: name = 'json', headers = {} } = options
  const codec = codecs[name]
  const { tls, from, deflate = false } = options
  const socket = new WebSocket(url, [...(options.protocols ?? [`troupe.v1+${name}`])], {
    ...{ headers: { ...headers }, perMessageDeflate: deflate, ...tls },
    ...(from === undefined ? {} : { localAddress: from }),
  })
  const frames: Wired[] = []
  const waiting = new Set<{ fits: (frame: Wired) => boolean; resolve: (frame: Wired) => void; reject: (error: Error) => void }>()
  socket.on('message', (data: Buffer, binary) => {
    // The bridge is what is tested: what it sends is taken for a frame, and the tests look at it.
    const frame = codec.decode(binary ? data : data.toString('utf8')) as Wired
    frames.push(frame)
    for (const each of [...waiting])
      if (each.fits(frame)) {
        waiting.delete(each)
        each.resolve(frame)
      }
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      resolve({ code, reason: reason.toString() })
      for (const each of waiting)
        each.reject(
          new Error(`closed with ${code} ${reason.toString()}; it had been sent ${frames.map((frame) => frame.type).join(', ')}`),
        )
      waiting.clear()
    })
  })
  let count = 0
  const client: TestClient = {
    socket,
    frames,
    closed,
    say(type, payload = {}, more = {}) {
      const id = `r${++count}`
      socket.send(codec.encode({ id, type, payload, ...more }))
      return id
    },
    until(fits) {
      const past = frames.find(fits)
      if (past) return Promise.resolve(past)
      return new Promise((resolve, reject) => {
        if (socket.readyState >= WebSocket.CLOSING) reject(new Error('the connection is closed'))
        else waiting.add({ fits, resolve, reject })
      })
    },
    ask(type, payload) {
      const id = client.say(type, payload)
      return client.until((frame) => frame.correlationId === id && answers.has(frame.type))
    },
    hello: (payload = {}) => client.ask('hello', payload),
    async close() {
      socket.close()
      return closed
    },
  }
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => {})
  return client
}

/** What an upgrade request is answered with when it is not let in. */
export const refusedUpgrade = (
  url: string,
  options: TestClientOptions = {},
): Promise<{ readonly status: number; readonly body: { readonly error: string; readonly message: string } }> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, [...(options.protocols ?? ['troupe.v1+json'])], {
      headers: { ...options.headers },
      ...(options.from === undefined ? {} : { localAddress: options.from }),
    })
    socket.once('open', () => {
      socket.terminate()
      reject(new Error('it was let in'))
    })
    socket.once('error', () => {})
    socket.once('unexpected-response', (_request, response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => {
        text += piece
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
    })
  })
