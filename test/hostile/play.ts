/** Plays one attack, and says how it went. */
import { platform } from 'node:os'
import { filled, type Kept, misfit } from '../../bridge/conform/matcher.js'
import { systemClock } from '../../src/clock.js'
import { jsonCodec } from '../../src/codec/json.js'
import { msgpackCodec } from '../../src/codec/msgpack.js'
import type { Attack, Data, DialectName, Step } from './attack.js'
import { manners } from './manners.js'
import { bytesOf, forge, grown } from './material.js'
import type { Siege } from './siege.js'
import { Wire } from './wire.js'

export interface Verdict {
  readonly attack: Attack
  /** How it ended, in a few words. */
  readonly outcome: string
  /** What was not as it must be; none: it held. */
  readonly wrong: readonly string[]
}

type Of<K extends string> = Extract<Step, { readonly [key in K]: unknown }>

/** Attackers come from addresses of their own, where the machine has more than one, so that what is held against one is not against the next. */
const addressOf = (number: number): string | undefined =>
  platform() === 'linux' ? `127.66.${1 + (number >> 8)}.${1 + (number % 250)}` : undefined

/** A connection, and how it is spoken on. */
interface Line {
  readonly wire: Wire
  dialect: DialectName | undefined
  codec: 'json' | 'msgpack'
}

/** An attacker at work, on one connection or several. */
export class Play {
  readonly lines: Line[] = []
  readonly #number: number
  readonly #port: number
  readonly #kept: Kept
  #line: Line

  constructor(port: number, number: number) {
    this.#port = port
    this.#number = number
    const token = forge({ claims: { sub: `mallory-${number}` } }, systemClock.now())
    this.#kept = new Map<string, unknown>([
      ['token', token],
      ['sub', `mallory-${number}`],
    ])
    this.#line = this.#connect()
  }

  get wire(): Wire {
    return this.#line.wire
  }

  async take(step: Step): Promise<void> {
    if ('connect' in step) this.#line = this.#connect()
    else if ('on' in step) this.#line = this.lines[step.on] ?? this.#line
    else if ('tcp' in step) this.wire.write(this.#bytes(step.tcp))
    else if ('upgrade' in step) await this.#upgrade(step.upgrade)
    else if ('enter' in step) await this.#enter(step)
    else if ('frame' in step) this.wire.frame(step.frame, this.#bytes(step.frame.data))
    else if ('text' in step) this.wire.frame({ opcode: 1 }, this.#bytes(step.text))
    else if ('bytes' in step) this.wire.frame({ opcode: 2 }, this.#bytes(step.bytes))
    else if ('until' in step) await this.hear(step.until)
    else if ('cut' in step) this.wire.cut()
    else for (let at = 0; at < step.times; at++) this.#say(step.say)
  }

  /** Waits for a frame that fits. Rejects when none comes. */
  async hear(pattern: unknown): Promise<void> {
    const fits = (frame: unknown) => this.#misfit(pattern, frame) === undefined
    const found = await this.wire.until(
      () => (this.wire.heard.some(fits) ? true : undefined),
      () => JSON.stringify(pattern),
    )
    if (!found) throw new Error(`The connection ended before ${JSON.stringify(pattern)} came; what came: ${this.wire.told}`)
    // What it saves is saved of the first that fits.
    misfit(pattern, this.wire.heard.find(fits), this.#kept)
  }

  has(pattern: unknown, frames: readonly unknown[]): boolean {
    return frames.some((frame) => this.#misfit(pattern, frame) === undefined)
  }

  async asks(): Promise<void> {
    const { dialect } = this.#line
    if (!dialect) throw new Error('It has not come in, so whether it is still answered cannot be asked.')
    const { ask, answer } = manners[dialect]
    this.#say(ask)
    await this.hear(answer)
  }

  #misfit(pattern: unknown, frame: unknown): string | undefined {
    return misfit(filledIn(pattern, this.#kept), frame, new Map(this.#kept))
  }

  #connect(): Line {
    const line: Line = { wire: new Wire(this.#port, addressOf(this.#number)), dialect: undefined, codec: 'json' }
    this.lines.push(line)
    return line
  }

  #say(value: unknown): void {
    const frame = filled(grown(value, systemClock.now()), this.#kept)
    const json = this.#line.codec === 'json'
    this.wire.frame({ opcode: json ? 1 : 2 }, Buffer.from((json ? jsonCodec : msgpackCodec).encode(frame)))
  }

  #bytes(data: Data): Buffer {
    return bytesOf(data, (value) => filled(grown(value, systemClock.now()), this.#kept))
  }

  async #upgrade({ method, path, version, protocol, headers }: Of<'upgrade'>['upgrade']): Promise<void> {
    const usual: Record<string, Data | null> = {
      Host: `127.0.0.1:${this.#port}`,
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...(protocol === undefined ? {} : { 'Sec-WebSocket-Protocol': protocol }),
    }
    const lines = Object.entries({ ...usual, ...headers }).flatMap(([name, value]) =>
      value === null ? [] : [Buffer.from(`${name}: `), this.#bytes(value), Buffer.from('\r\n')],
    )
    const first = [Buffer.from(`${method} `), this.#bytes(path), Buffer.from(` ${version}\r\n`)]
    this.wire.write(Buffer.concat([...first, ...lines, Buffer.from('\r\n')]))
    await this.wire.until(
      () => this.wire.response,
      () => 'an answer to the upgrade',
    )
  }

  async #enter({ enter, codec, claims, resume }: Of<'enter'>): Promise<void> {
    const { path, hello, welcome } = manners[enter]
    const sub = `mallory-${this.#number}`
    this.#kept.set('token', forge({ claims: { sub, ...claims } }, systemClock.now()))
    await this.#upgrade({
      ...{ method: 'GET', path, version: 'HTTP/1.1', headers: {} },
      ...(enter === 'native' ? { protocol: `troupe.v1+${codec}` } : {}),
    })
    this.#line.dialect = enter
    this.#line.codec = codec
    if (hello !== undefined) {
      const { payload, ...frame } = hello as { payload?: object }
      this.#say(resume === undefined ? hello : { ...frame, payload: { ...payload, resume } })
    }
    await this.hear(welcome)
    this.wire.heard.length = 0
  }
}

/** Names that were kept stand for their values; what is not kept is left for the matcher to read. */
const filledIn = (pattern: unknown, kept: Kept): unknown => {
  if (typeof pattern === 'string') return pattern.replaceAll(/<([\w-]+)>/g, (all, name: string) => String(kept.get(name) ?? all))
  if (Array.isArray(pattern)) return pattern.map((each) => filledIn(each, kept))
  if (typeof pattern !== 'object' || pattern === null) return pattern
  return Object.fromEntries(Object.entries(pattern).map(([name, each]) => [name, filledIn(each, kept)]))
}

/** What is wrong with how the connection stands at the end. */
const endOf = async (play: Play, { refused, status, body, close, lives }: Attack['expect']): Promise<string[]> => {
  const { wire } = play
  if (lives) return play.asks().then(() => [])
  if (status !== undefined || refused) {
    await wire.until(
      () => wire.response,
      () => 'an answer in HTTP',
    )
    const got = wire.response?.status
    if (refused && (got === undefined || (got >= 400 && got < 600))) return []
    if (got !== status) return [`expected the status ${status ?? 'of a refusal'}, got ${got ?? wire.rest.slice(0, 100)}`]
    const wrong = body === undefined ? undefined : misfit(body, JSON.parse(wire.response?.body || 'null'), new Map())
    return wrong === undefined ? [] : [wrong]
  }
  await wire.until(
    () => undefined,
    () => `the end, with ${close?.join(' or ')}`,
  )
  return wire.ended !== undefined && close?.includes(wire.ended)
    ? []
    : [`expected the end with ${close?.join(' or ')}: ${wire.told}`]
}

export const play = async (attack: Attack, siege: Siege, number: number): Promise<Verdict> => {
  const game = new Play(siege.port[attack.bridge], number)
  const { answers, never, unseen, seen, secret } = attack.expect
  const wrong: string[] = []
  try {
    siege.overheard()
    for (const step of attack.steps) await game.take(step)
    for (const each of answers) await game.hear(each)
    wrong.push(...(await endOf(game, attack.expect)))
    for (const each of never) if (game.has(each, game.wire.heard)) wrong.push(`${JSON.stringify(each)} came`)
  } catch (thrown) {
    wrong.push(thrown instanceof Error ? thrown.message : String(thrown))
  }
  const { response, ended, heard } = game.wire
  for (const { wire } of game.lines) wire.cut()
  await siege.witnessed()
  const overheard = siege.overheard()
  for (const each of unseen) if (game.has(each, overheard)) wrong.push(`others were told ${JSON.stringify(each)}`)
  for (const each of seen) if (!game.has(each, overheard)) wrong.push(`others were not told ${JSON.stringify(each)}`)
  const faults = await siege.faults()
  const all = JSON.stringify([heard, overheard, faults, response])
  for (const each of secret) if (all.includes(each)) wrong.push(`${each} was repeated: ${all.slice(0, 500)}`)
  wrong.push(...faults.map((fault) => `inside: ${fault}`))
  const outcome = attack.expect.lives
    ? `answered (${heard.length} frames)`
    : response && response.status !== 101
      ? `HTTP ${response.status}`
      : ended === undefined
        ? 'open'
        : `closed ${ended}`
  return { attack, outcome, wrong }
}
