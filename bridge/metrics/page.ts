/** `GET /metrics`: who may read it, and what it says. */
import { TroupeError, toTroupeError } from '../../src/errors.js'
import { bearerOf, retryAfterOf } from '../door.js'
import type { Logger } from '../log.js'
import { isLoopback, type SettledOptions } from '../options.js'
import { type Principal, Rights } from '../principal.js'
import type { Exposition } from './exposition.js'
import type { Sources } from './family.js'

interface MetricsPageOptions {
  readonly sources: Sources
  readonly access: 'guarded' | 'open'
  /** Whether no tokens are asked for at all, which is so on loopback only. */
  readonly everybody: boolean
  readonly log: Logger
  /** Who a token stands for. */
  admit(token: string | undefined, address: string): Promise<Principal>
}

interface Page {
  readonly status: 200 | 401 | 403 | 429
  readonly headers: Record<string, string>
  readonly body: string
}

/** What has to be readable: nobody is told here what may not be listened to. */
const topics = ['system.metrics', 'system.traffic']

export class MetricsPage {
  readonly #options: MetricsPageOptions
  #exposition: Promise<Exposition> | undefined
  #gathering: Promise<string> | undefined

  constructor(options: MetricsPageOptions) {
    this.#options = options
  }

  /** Rejects only for what is our fault. */
  async answer(authorization: string | undefined, host: string | undefined, address: string): Promise<Page> {
    try {
      await this.#need(authorization, host, address)
    } catch (thrown) {
      return this.#refusal(toTroupeError(thrown, 'AUTH_FAILED'))
    }
    this.#exposition ??= import('./exposition.js').then(({ Exposition }) => new Exposition(this.#options.sources))
    const exposition = await this.#exposition
    // However many ask at once, it is looked at once.
    this.#gathering ??= exposition.write().finally(() => {
      this.#gathering = undefined
    })
    return { status: 200, headers: { 'Content-Type': exposition.contentType }, body: await this.#gathering }
  }

  /** Throws what it is refused with. */
  async #need(authorization: string | undefined, host: string | undefined, address: string): Promise<void> {
    const { access, everybody, admit } = this.#options
    if (everybody && !isLoopback(hostnameOf(host)))
      // A name that somebody made to point here would let a web page read it.
      throw new TroupeError(
        'ORIGIN_REFUSED',
        'Without authentication only the names of this machine may be asked, such as 127.0.0.1.',
      )
    if (access === 'open') return
    const rights = new Rights(await admit(bearerOf(authorization), address))
    rights.need('system_monitor')
    // What concerns the whole system is no tenant's.
    for (const topic of topics)
      if (!rights.mayRead(topic, undefined)) throw new TroupeError('FORBIDDEN', `The token does not cover reading ${topic}.`)
  }

  #refusal({ code, message, details }: TroupeError): Page {
    const known = code === 'FORBIDDEN' || code === 'ORIGIN_REFUSED'
    const later = retryAfterOf(code, details)
    this.#options.log.warn({ code, path: '/metrics' }, known ? 'request refused' : 'login failed')
    return {
      status: later ? 429 : known ? 403 : 401,
      headers: { 'Content-Type': 'application/json', ...(later ?? (known ? {} : { 'WWW-Authenticate': 'Bearer' })) },
      body: JSON.stringify({ error: code, message }),
    }
  }
}

/** Absent where there is none. `open`: no tokens are asked for. `admit`: who a token stands for. */
export const metricsPage = (
  { seen, open }: Pick<SettledOptions, 'seen' | 'open'>,
  sources: Sources,
  admit: MetricsPageOptions['admit'],
): MetricsPage | undefined => {
  const { metrics: access, log } = seen
  return access === 'off' ? undefined : new MetricsPage({ sources, log, access, everybody: open, admit })
}

const hostnameOf = (host = ''): string => {
  try {
    return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '')
  } catch {
    return ''
  }
}
