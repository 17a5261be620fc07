/** What an attack is made of: bytes, frames, and tokens that are not what they seem. */
import { createHmac } from 'node:crypto'
import type { Data, RawFrame } from './attack.js'

export const secret = 'a secret of which no attacker knows anything'

/** Bytes of what is written in a file. */
export const bytesOf = (data: Data, fill: (value: unknown) => unknown): Buffer => {
  if (typeof data === 'string') return Buffer.from(String(fill(data)))
  if (Array.isArray(data)) return Buffer.concat(data.map((each: Data) => bytesOf(each, fill)))
  // Only lists are arrays, which the compiler does not see through `readonly`.
  const one = data as Exclude<Data, string | readonly Data[]>
  if ('hex' in one) return Buffer.from(one.hex.replaceAll(' ', ''), 'hex')
  if ('json' in one) return Buffer.from(JSON.stringify(fill(one.json)))
  const piece = bytesOf(one.of, fill)
  return Buffer.alloc(piece.length * one.times, piece)
}

const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d])

/** A frame as a client writes it, or as none should. */
export const frameOf = ({ opcode, fin, rsv, masked, length }: Omit<RawFrame, 'data'>, payload: Buffer): Buffer => {
  const size = payload.length
  const written = Buffer.alloc(size < 126 ? 0 : size < 65_536 ? 2 : 8)
  if (written.length === 2) written.writeUInt16BE(size)
  if (written.length === 8) written.writeBigUInt64BE(BigInt(size))
  const seven = size < 126 ? size : size < 65_536 ? 126 : 127
  const told = length === undefined ? Buffer.concat([Buffer.of(seven), written]) : Buffer.from(length.replaceAll(' ', ''), 'hex')
  told[0] = (told[0] ?? 0) | (masked ? 0x80 : 0)
  const body = masked ? Buffer.from(payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0))) : payload
  return Buffer.concat([Buffer.of((fin ? 0x80 : 0) | (rsv << 4) | opcode), told, ...(masked ? [mask] : []), body])
}

const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64url')
const asText = (part: unknown): string => (typeof part === 'string' ? part : JSON.stringify(part))

/** How a token is forged. A text in place of claims or header is taken as it is. */
export interface Forgery {
  readonly header?: unknown
  readonly claims?: unknown
  /** What it is signed with, by HMAC; `hash`: with which. Absent: the bridge's own secret. */
  readonly key?: string
  readonly hash?: string
  /** In place of the right one. */
  readonly signature?: string
}

/** A JWT. Claims that are not said are those of an honest token, which may do what an honest client does. */
export const forge = ({ header, claims, key = secret, hash = 'sha256', signature }: Forgery, now: number): string => {
  const honest = { sub: 'mallory', exp: Math.floor(now / 1_000) + 3_600, ...honestClaims }
  const body = typeof claims === 'string' ? claims : { ...honest, ...(claims as object | undefined) }
  const signed = `${base64(asText(header ?? { alg: 'HS256', typ: 'JWT' }))}.${base64(asText(body))}`
  return `${signed}.${signature ?? createHmac(hash, key).update(signed).digest('base64url')}`
}

/** What an attacker may do: much, but nothing with what the witness relies on. */
const honestClaims = {
  permissions: ['read', 'write', 'agent_control', 'system_monitor'],
  channels: {
    read: ['#'],
    write: ['agent.ada', 'agent.own', 'agent.new', 'task.#', 'swarm.#', 'ballot.#', 'client.#', 'team.#', 'project.#'],
  },
  agents: ['own'],
}

/** What stands in a file for more than can be written there: `$times`, `$list`, `$deep`, `$jwt`. */
export const grown = (value: unknown, now: number): unknown => {
  if (Array.isArray(value)) return value.map((each) => grown(each, now))
  if (typeof value !== 'object' || value === null) return value
  const fields = value as Readonly<Record<string, unknown>>
  if ('$times' in fields) return String(grown(fields['of'], now)).repeat(Number(fields['$times']))
  if ('$list' in fields) return Array.from({ length: Number(fields['$list']) }, () => grown(fields['of'], now))
  if ('$deep' in fields)
    return Array.from({ length: Number(fields['$deep']) }).reduce<unknown>((inner) => ({ a: inner }), 'the ground')
  if ('$jwt' in fields) return forge(fields['$jwt'] as Forgery, now)
  return Object.fromEntries(Object.entries(fields).map(([name, each]) => [name, grown(each, now)]))
}
