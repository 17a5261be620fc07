/** `troupe conform`: plays scripts against any server that says it speaks `troupe.v1`. */
import { TroupeError } from '../../src/errors.js'
import { play, type Verdict } from '../conform/player.js'
import { scripts } from '../conform/scripts.js'
import { signToken } from '../token.js'
import { WebSocket } from '../ws.js'
import { colors } from './colors.js'
import { harmless } from './event-line.js'
import { exitCodes } from './exit.js'
import { table } from './table.js'
import { durationOf, messageOf } from './values.js'

export interface ConformFlags {
  readonly url: string
  readonly token?: string
  readonly secret?: string
  readonly codec: 'json' | 'msgpack' | 'both'
  readonly definition?: string
  readonly message?: string
  /** The topics below it are delivered at least once. */
  readonly acked?: string
  readonly only?: string
  readonly timeout: string
  readonly list?: boolean
  readonly json?: boolean
}

/** How long the tokens live that are made for one run, in milliseconds. */
const ttl = 600_000

/** Placeholders and what they stand for. */
const givenBy = async ({ token, secret, definition, acked, message = '{"type":"run","command":"true"}' }: ConformFlags) => {
  const given: Record<string, unknown> = {}
  if (secret) given['secret'] = secret
  if (secret) given['reader'] = await signToken({ sub: 'reader', permissions: ['read'], ttl }, secret)
  const admin = { sub: 'conformance', permissions: ['admin'], agents: ['*'], ttl } as const
  const own = token ?? (secret ? await signToken(admin, secret) : undefined)
  if (own !== undefined) given['token'] = own
  if (acked !== undefined) given['acked'] = acked
  if (definition !== undefined) Object.assign(given, { definition, message: messageOf(message) })
  return given
}

const chosen = (only: string | undefined) => {
  const all = scripts.map((script, at) => ({ number: at + 1, script }))
  const found =
    only === undefined ? all : all.filter(({ number, script }) => String(number) === only || script.name.includes(only))
  if (found.length > 0) return found
  throw new TroupeError(
    'NOT_FOUND',
    `No script has the number or the words ${JSON.stringify(only)}; --list shows those that there are.`,
  )
}

export const conform = async (flags: ConformFlags): Promise<void> => {
  const { url, codec, json, list } = flags
  const picked = chosen(flags.only)
  if (list) {
    const rows = picked.map(({ number, script }) => [String(number), script.name, script.holds])
    return console.log(table([['NO', 'SCRIPT', 'HOLDS'], ...rows]))
  }
  if (!/^wss?:\/\//.test(url))
    throw new TroupeError('INVALID_OPTION', `--url expects an address such as ws://127.0.0.1:3001; got ${JSON.stringify(url)}.`)
  const server = { url, WebSocket, given: await givenBy(flags), patience: durationOf(flags.timeout, '--timeout') }
  const verdicts: Numbered[] = []
  for (const { number, script } of picked)
    for (const each of codec === 'both' ? (['json', 'msgpack'] as const) : [codec])
      verdicts.push({ number, ...(await play(script, each, server)) })
  const failed = verdicts.filter(({ verdict }) => verdict === 'failed').length
  if (json) console.log(JSON.stringify({ failed, verdicts }))
  else console.log(reportOf(verdicts, failed))
  process.exitCode = failed === 0 ? exitCodes.well : exitCodes.rejected
}

type Numbered = Verdict & { readonly number: number }

const marks = { held: colors.green('held'), failed: colors.red('FAILED'), skipped: colors.dim('skipped') } as const

const reportOf = (verdicts: readonly Numbered[], failed: number): string => {
  const rows = verdicts.map(({ number, script, codec, verdict, why = '' }) => [
    ...[String(number), script, codec, marks[verdict]],
    verdict === 'skipped' ? why : '',
  ])
  const details = verdicts.flatMap(({ number, codec, verdict, why = '', came = [] }) => {
    if (verdict !== 'failed') return []
    const frames = came.map((frame) => `    came ${harmless(JSON.stringify(frame)).slice(0, 400)}`)
    return [`\n${number} in ${codec}: ${harmless(why)}`, ...frames]
  })
  const held = verdicts.filter(({ verdict }) => verdict === 'held').length
  const total = `\n${held} held, ${failed} failed, ${verdicts.length - held - failed} skipped`
  return [table([['NO', 'SCRIPT', 'CODEC', '', ''], ...rows]), ...details, total].join('\n')
}
