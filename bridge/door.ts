/** Upgrade requests: which dialect and codec they ask for, and whether they may come in. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Code, Failure } from '../src/errors.js'
import type { Dialect } from './dialect.js'

export interface Choice {
  /** The protocols of the path; the first frame tells which, where there are several. */
  readonly dialects: readonly Dialect[]
  readonly codec: 'json' | 'msgpack'
  /** The subprotocol to agree on; empty when none was offered. */
  readonly protocol: string
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly token: string | undefined
}

export interface Refusal {
  readonly status: 400 | 403 | 431 | 503
  readonly code: Code
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
  return bearerOf(request.headers.authorization) ?? url.searchParams.get('token') ?? undefined
}

const urlOf = (request: IncomingMessage): URL | undefined => {
  try {
    return new URL(request.url ?? '/', 'http://bridge')
  } catch {
    return undefined
  }
}

/** The protocols of a path: those that name it, else those that take any (`*`). */
const fittingFor = (path: string, dialects: readonly Dialect[]) => {
  const fitting = dialects.flatMap((dialect) => {
    const params = dialect.paths.map((pattern) => paramsOf(pattern, path)).find((each) => each !== undefined)
    return params ? [{ dialect, params }] : []
  })
  if (fitting.length > 0) return fitting
  return dialects.filter(({ paths }) => paths.includes('*')).map((dialect) => ({ dialect, params: {} }))
}

/** The subprotocol decides if one was offered, else the path. */
export const choose = (request: IncomingMessage, dialects: readonly Dialect[]): Choice | Refusal => {
  const url = urlOf(request)
  if (!url) return { status: 400, code: 'BAD_FRAME', message: 'The address of the request cannot be read.' }
  const path = url.pathname
  const token = tokenOf(request, url)
  const offered = (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)
  for (const protocol of offered)
    for (const dialect of dialects) {
      const codec = Object.hasOwn(dialect.subprotocols, protocol) ? dialect.subprotocols[protocol] : undefined
      if (codec) return { dialects: [dialect], codec, protocol, path, params: {}, token }
    }
  const known = dialects.flatMap((dialect) => Object.keys(dialect.subprotocols)).join(', ')
  if (offered.length > 0)
    return {
      status: 400,
      code: 'UNSUPPORTED',
      message: `None of the subprotocols offered (${offered.join(', ').slice(0, 200)}) is spoken here; these are: ${known}.`,
    }
  const fitting = fittingFor(path, dialects)
  const [first] = fitting
  if (first) {
    const { params } = first
    return { dialects: fitting.map(({ dialect }) => dialect), codec: 'json', protocol: '', path, params, token }
  }
  const paths = dialects.flatMap((dialect) => dialect.paths).join(', ')
  return { status: 400, code: 'UNSUPPORTED', message: `Offer a subprotocol (${known}) or use a path that names one (${paths}).` }
}

/** Whether that path chooses a dialect. */
export const isPathOf = (path: string, dialects: readonly Dialect[]): boolean => fittingFor(path, dialects).length > 0

const reasons = {
  400: 'Bad Request',
  403: 'Forbidden',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
} as const

/** Answers an upgrade request with a sentence instead of a socket. */
export const refuseUpgrade = (socket: Duplex, { status, code, message }: Refusal): void => {
  const body = JSON.stringify({ error: code, message })
  // The other side may keep its half open for ever; once this one is written there is nothing to wait for.
  socket.once('finish', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status} ${reasons[status]}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

/** The token of an `Authorization` header. */
export const bearerOf = (authorization = ''): string | undefined => /^Bearer\s+(\S+)$/i.exec(authorization)?.[1]

/** The header that says when a login is looked at again; undefined where it was looked at. */
export const retryAfterOf = (code: string, details: Failure['details']): { readonly 'Retry-After': string } | undefined =>
  code === 'RATE_LIMITED' ? { 'Retry-After': String(Math.ceil(Number(details?.['retryAfter'] ?? 1_000) / 1_000)) } : undefined
