/** The flags of `troupe up` that say who may come to the door, and how often. */
import { type Command, Option } from 'commander'
import { TroupeError } from '../../src/errors.js'
import { durationOf, namesOf } from './values.js'

export interface EdgeFlags {
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly allowAddress?: readonly string[] | string
  readonly denyAddress?: readonly string[] | string
  readonly trustedProxy?: readonly string[] | string
  readonly limit?: readonly string[] | string
  readonly deflate?: boolean
}

/** Adds them to a command. */
export const edge = (command: Command): Command =>
  command
    .addOption(
      new Option('--tls-cert <file>', 'certificate for wss://, as PEM; read again when it changes').env('TROUPE_TLS_CERT'),
    )
    .addOption(new Option('--tls-key <file>', 'the key of that certificate').env('TROUPE_TLS_KEY'))
    .addOption(
      new Option('--allow-address <addresses...>', 'from where clients may come, such as 10.0.0.0/8 (default: anywhere)').env(
        'TROUPE_ALLOW_ADDRESS',
      ),
    )
    .addOption(new Option('--deny-address <addresses...>', 'from where they may not').env('TROUPE_DENY_ADDRESS'))
    .addOption(
      new Option('--trusted-proxy <addresses...>', 'proxies that are believed whom they speak for').env('TROUPE_TRUSTED_PROXY'),
    )
    .addOption(
      new Option(
        '--limit <who=rate/window...>',
        'how much may be asked: principal=600/1m or agent.spawn=10/1m,5,10m (5 at once, then silence for 10m)',
      ).env('TROUPE_LIMIT'),
    )
    .addOption(new Option('--deflate', 'compress messages for clients that ask for it').env('TROUPE_DEFLATE'))

/** What was said, in lists. One that names nothing is a mistake: as no list at all, an empty one would let in everybody. */
const many = (option: string, given: readonly string[] | string | undefined): string[] =>
  [given ?? []].flat().flatMap((text) => namesOf(option, text))

interface LimitOf {
  readonly rate: number
  readonly window: number
  readonly burst: number
  readonly penalty?: number
}

/** `principal=600/1m`, with `,burst` and `,penalty`. */
const limitOf = (text: string): readonly [string, LimitOf] => {
  const [, who, rate, window, burst, penalty] = /^([\w.-]+)=(\d+)\/([^,]+)(?:,(\d+))?(?:,([^,]+))?$/.exec(text.trim()) ?? []
  if (who === undefined || rate === undefined || window === undefined)
    throw new TroupeError(
      'INVALID_OPTION',
      `--limit expects who=rate/window, and after commas how many at once and how long nothing is heard of who goes on, such as principal=600/1m,50,5m; got ${JSON.stringify(text)}.`,
    )
  return [
    who,
    {
      ...{ rate: Number(rate), window: durationOf(window, '--limit'), burst: Number(burst ?? rate) },
      ...(penalty === undefined ? {} : { penalty: durationOf(penalty, '--limit') }),
    },
  ]
}

const whole: ReadonlySet<string> = new Set(['connection', 'principal', 'address', 'agent'])

const limitsOf = (texts: readonly string[]) => {
  const limits = texts.map(limitOf)
  const twice = limits.find(([who], at) => limits.findIndex(([other]) => other === who) < at)
  if (twice) throw new TroupeError('INVALID_OPTION', `--limit says how often twice for ${twice[0]}; say it once.`)
  return {
    ...Object.fromEntries(limits.filter(([who]) => whole.has(who))),
    types: Object.fromEntries(limits.filter(([who]) => !whole.has(who))),
  }
}

/** What they say, as options of a bridge. Throws `INVALID_OPTION` for what cannot be read. */
export const edgeOptions = (flags: EdgeFlags) => {
  const { tlsCert: certFile, tlsKey: keyFile } = flags
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const [given, missing] = certFile === undefined ? ['--tls-key', '--tls-cert'] : ['--tls-cert', '--tls-key']
    throw new TroupeError('INVALID_OPTION', `TLS takes both a certificate and its key: ${given} was given without ${missing}.`)
  }
  const [allow, deny, trustedProxies] = [
    many('allow-address', flags.allowAddress),
    many('deny-address', flags.denyAddress),
    many('trusted-proxy', flags.trustedProxy),
  ]
  // A limit has commas of its own; in the environment they are told apart by spaces.
  const limits = [flags.limit ?? []].flat().flatMap((text) => text.trim().split(/\s+/))
  return {
    ...(certFile !== undefined && keyFile !== undefined ? { tls: { certFile, keyFile } } : {}),
    addresses: { deny, trustedProxies, ...(allow.length > 0 ? { allow } : {}) },
    ...(limits.length > 0 ? { limits: limitsOf(limits) } : {}),
    deflate: flags.deflate ?? false,
  }
}
