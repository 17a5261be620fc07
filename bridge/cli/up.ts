/** `troupe up`: the system, the bridge and an example, until told to end. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { endLeftovers, shell } from '../../actors/index.js'
import { type Check, checkRepository } from '../../examples/ci/index.js'
import { describeThrown, TroupeError } from '../../src/errors.js'
import { createSystem, type System } from '../../src/system/system.js'
import { keptSecret } from '../access/kept-secret.js'
import { type Bridge, openBridge } from '../bridge.js'
import { signToken } from '../token.js'
import { openTelemetry } from '../tracing/index.js'
import { type DeliverFlags, deliverOptions } from './deliver.js'
import { dialectsOf } from './dialects.js'
import { type EdgeFlags, edgeOptions } from './edge.js'
import { exitCodes, onInterrupt, onReaderLeft } from './exit.js'
import { closeKept, makeDirectory, openKept } from './kept.js'
import { signatureOptions } from './keys.js'
import { createLog, type Log } from './log.js'
import { showProgress } from './progress.js'
import { sayRecovered } from './recovered.js'
import { knownExample } from './run.js'
import { summary } from './summary.js'
import { listOf, originOf, portOf } from './values.js'

export interface UpFlags extends EdgeFlags, DeliverFlags {
  readonly port?: string
  readonly host: string
  readonly secret?: string
  readonly repo?: string
  readonly data?: string
  readonly reconnectTo?: string
  readonly database?: string
  readonly example: boolean
  readonly auth: boolean
  readonly origin?: readonly string[] | string
  readonly dialects?: string
  readonly keys?: string
  readonly requireSignatures?: string
  readonly path?: readonly string[] | string
  readonly logLevel: string
  readonly metrics: boolean
  readonly json?: boolean
}

/** Milliseconds that tasks may take to finish when the command is told to end. */
const grace = 5_000
/** Characters that a secret should have at least: fewer can be found out from any token. */
const shortestSecret = 32
/** How long the token that is printed lives, in milliseconds. */
const tokenLife = 86_400_000

const startExample = async (system: System, flags: UpFlags, log: Log): Promise<Check | undefined> => {
  try {
    return await checkRepository(system, flags.repo === undefined ? {} : { repo: flags.repo })
  } catch (thrown) {
    // Started by a script of the repository that is being checked, it would never end, and neither would that check.
    if (thrown instanceof TroupeError && thrown.code === 'INVALID_STATE') throw thrown
    // Nothing to check is no reason to go away: the bridge is as useful as before.
    log.say({ event: 'example', error: describeThrown(thrown) }, `the example could not start: ${describeThrown(thrown)}`)
    return undefined
  }
}

/** How this command is called from where it was called: from its sources, through npm, or by its name. */
const invocation = (): string => {
  if (import.meta.url.endsWith('.ts')) return 'npm run troupe --'
  return process.env['npm_lifecycle_event'] ? 'npx troupe' : 'troupe'
}

const warnOfSecret = (length: number, log: Log): void => {
  const message = `the secret (--secret) has ${length} characters; give one of ${shortestSecret} or more, or none: whoever sees a token can try out secrets until one fits, and then make tokens with any right`
  log.say({ event: 'warning', message }, `warning: ${message}`)
}

/** The one that was given, else that of the data directory: then tokens and what was revoked outlive the process. */
const secretOf = async ({ secret, data, auth }: UpFlags): Promise<string> =>
  secret ?? (auth && data !== undefined ? await keptSecret(data) : randomBytes(32).toString('base64url'))

const announce = async (bridge: Bridge, flags: UpFlags, secret: string, log: Log): Promise<void> => {
  const token = flags.auth
    ? await signToken({ sub: 'operator', permissions: ['admin'], agents: ['*'], ttl: tokenLife }, secret)
    : undefined
  log.say({ event: 'listening', url: bridge.url, ...(token ? { token } : {}) }, `troupe listening on ${bridge.url}`)
  if (token && secret.length < shortestSecret) warnOfSecret(secret.length, log)
  if (flags.json) return
  if (token) console.log(`token  ${token}`)
  else console.log('authentication is off: whoever reaches this port may drive every agent')
  console.log(`watch  ${token ? `TROUPE_TOKEN=${token} ` : ''}${invocation()} tail 'task.#' --url ${bridge.url}`)
  if (token && !flags.secret && flags.data !== undefined)
    console.log(`note   the secret is kept in ${join(flags.data, 'secret')}; whoever reads it can make tokens`)
  else if (token && !flags.secret)
    console.log('note   the secret was made for this run; tokens end with the process (set TROUPE_SECRET to keep them)')
}

export const up = async (example: string | undefined, flags: UpFlags): Promise<void> => {
  if (flags.data !== undefined) makeDirectory(flags.data)
  // Whoever keeps what happens has work of their own.
  const shows = flags.example && (example !== undefined || (flags.data === undefined && flags.database === undefined))
  if (shows) knownExample(example ?? 'ci')
  const port = portOf(flags.port ?? process.env['PORT'] ?? '3001')
  const log = await createLog(flags.logLevel, flags.json ?? false)
  const origins = typeof flags.origin === 'string' ? listOf(flags.origin) : [...(flags.origin ?? [])].flatMap(listOf)
  for (const origin of origins) originOf(origin)
  const paths = typeof flags.path === 'string' ? listOf(flags.path) : [...(flags.path ?? [])].flatMap(listOf)
  const dialects = dialectsOf(flags.dialects === undefined ? undefined : listOf(flags.dialects), paths)
  if (flags.secret === '')
    throw new TroupeError('INVALID_OPTION', 'The secret (--secret) is empty; give one of 32 characters or more, or none.')
  const secret = await secretOf(flags)
  const leftovers = await endLeftovers()
  if (leftovers.length > 0)
    log.say(
      { event: 'leftovers', ended: leftovers },
      `ended what a former run that was killed had left behind: ${leftovers.map(({ pid, command }) => `${pid} ${command}`).join('; ')}`,
    )
  const kept = await openKept(flags, log)
  const system = createSystem({
    onError: (error, where) => log.error(`${where}: ${error.message}`),
    // Free until a provider is registered, as `node --import` of an instrumentation does.
    tracer: openTelemetry(),
    ...(kept ? { journal: kept.journal } : {}),
  })
  kept?.tell(system)
  if (kept) sayRecovered(await system.recover([shell]), log)
  const bridge = await openBridge(system, {
    port,
    host: flags.host,
    auth: flags.auth,
    origins,
    dialects,
    spawnable: [shell],
    signatures: signatureOptions(flags.keys, flags.requireSignatures),
    ...edgeOptions(flags),
    ...deliverOptions(flags),
    ...{ metrics: flags.metrics, log: log.bridge },
    ...(flags.auth ? { secret } : {}),
    // Where what happens is kept, so is who did it.
    ...(kept ? { audit: true } : {}),
  })
  const ended = untilTold(system, bridge, flags.reconnectTo, log)
  const check = shows ? await startExample(system, flags, log).catch((error) => leave(system, bridge, error)) : undefined
  await announce(bridge, flags, secret, log)
  // Plain lines: the picture of a run would be torn by what else is said here.
  if (check && !flags.json) showProgress(system, check, process.stdout, true)
  check?.report.then(
    (report) => log.say({ event: 'verdict', ...report }, summary(report)),
    (error: unknown) => {
      if (!system.draining) log.error(`the example ended early: ${describeThrown(error)}`)
    },
  )
  await ended
}

const leave = async (system: System, bridge: Bridge, error: unknown): Promise<never> => {
  await bridge.close()
  await system.stop({ grace: 0 })
  await system.journal.close()
  throw error
}

/** Resolves when everything has been let go, after the first signal; the second one kills. */
/** `url`: where clients are sent then. */
const untilTold = (system: System, bridge: Bridge, url: string | undefined, log: Log): Promise<void> =>
  new Promise((resolve) => {
    const end = async (why: string, code: number) => {
      log.say({ event: 'draining', reason: why }, `draining: ${why}`)
      bridge.drain({ reason: why, grace, ...(url === undefined ? {} : { url }) })
      // What is kept is gone on with after the next start; what is not ends here.
      await (system.lasting ? system.suspend({ grace, reason: why }) : system.stop({ grace, reason: why }))
      await bridge.close({ reason: why })
      await closeKept(system, log)
      process.exitCode = code
      log.say({ event: 'stopped' }, 'stopped')
      resolve()
    }
    const fail = (code: number) => {
      log.error('killed')
      // The shell agents' process groups end with this process.
      process.exit(code)
    }
    // A server goes on without anybody who reads what it prints.
    onReaderLeft(() => {})
    onInterrupt(
      (signal) => void end(`told by ${signal}`, exitCodes.well),
      () => fail(exitCodes.interrupted),
    )
    // What nobody awaited cannot be attributed to an agent here; it is told, and nothing goes down with it.
    process.on('unhandledRejection', (reason) =>
      log.error(`a promise that nobody awaits was rejected: ${describeThrown(reason)}`),
    )
    process.on('uncaughtException', (error) => {
      log.error(`an exception that nobody caught: ${error.stack ?? error.message}`)
      if (!system.draining) void end('an exception that nobody caught', exitCodes.rejected)
    })
  })
