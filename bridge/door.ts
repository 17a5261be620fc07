/** Upgrade requests: which dialect and codec they ask for, and whether they may come in. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Dialect } from './dialect.js'

export interface Choice {
  readonly dialect: Dialect
  readonly codec: 'json' | 'msgpack'
  /** The subprotocol to agree on; empty when none was offered. */
  readonly protocol: string
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly token: string | undefined
}

export interface Refusal {
  readonly status: number
  readonly message: string
}

/** The parameters of a path that a pattern such as `/ws/agent-tracking/:id` covers; undefined when it does not. */
const paramsOf = (pattern: string, path: string): Record<string, string> | undefined => {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [at, part] of wanted.entries()) {
    const here = given[at] ?? ''
    if (part.startsWith(':')) {
      try {
        params[part.slice(1)] = decodeURIComponent(here)
      } catch {
        return undefined
      }
    } else if (part !== here) return undefined
  }
  return params
}

const tokenOf = (request: IncomingMessage, url: URL): string | undefined => {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')
  return bearer?.[1] ?? url.searchParams.get('token') ?? undefined
}

const urlOf = (request: IncomingMessage): URL | undefined => {
  try {
    return new URL(request.url ?? '/', 'http://bridge')
  } catch {
    return undefined
  }
}

/** The subprotocol decides if one was offered, else the path. */
export const choose = (request: IncomingMessage, dialects: readonly Dialect[]): Choice | Refusal => {
  const url = urlOf(request)
  if (!url) return { status: 400, message: 'The address of the request cannot be read.' }
  const path = url.pathname
  const token = tokenOf(request, url)
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim()).filter(Boolean)
  for (const protocol of offered)
    for (const dialect of dialects) {
      const codec = Object.hasOwn(dialect.subprotocols, protocol) ? dialect.subprotocols[protocol] : undefined
      if (codec) return { dialect, codec, protocol, path, params: {}, token }
    }
  const known = dialects.flatMap((dialect) => Object.keys(dialect.subprotocols)).join(', ')
  if (offered.length > 0) return { status: 400, message: `None of the subprotocols offered (${offered.join(', ').slice(0, 200)}) is spoken here; these are: ${known}.` }
  for (const dialect of dialects)
    for (const pattern of dialect.paths) {
      const params = paramsOf(pattern, path)
      if (params) return { dialect, codec: 'json', protocol: '', path, params, token }
    }
  const paths = dialects.flatMap((dialect) => dialect.paths).join(', ')
  return { status: 400, message: `Offer a subprotocol (${known}) or use a path that names one (${paths}).` }
}

export interface OriginRule {
  /** Origins of pages that may connect; `*` for any. */
  readonly origins: readonly string[]
}

/** Whether a request may come from that page. Programs send no origin; a page of the bridge itself is at home. */
export const mayComeFrom = (request: IncomingMessage, { origins }: OriginRule): boolean => {
  const { origin, host } = request.headers
  if (origin === undefined || origins.includes('*') || origins.includes(origin)) return true
  try {
    return new URL(origin).host === host
  } catch {
    return false
  }
}

/** Answers an upgrade request with a sentence instead of a socket. */
export const refuseUpgrade = (socket: Duplex, { status, message }: Refusal): void => {
  const body = JSON.stringify({ error: status, message })
  const reasons: Readonly<Record<number, string>> = { 400: 'Bad Request', 403: 'Forbidden', 503: 'Service Unavailable' }
  socket.end(
    `HTTP/1.1 ${status} ${reasons[status] ?? 'Refused'}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
