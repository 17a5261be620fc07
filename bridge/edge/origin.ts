/** Which web pages may speak to the bridge, and under which names it answers: a page is not to drive agents behind its reader's back. */
import type { IncomingMessage } from 'node:http'
import { isLoopback } from '../options.js'

export interface OriginRules {
  /** Origins of pages that may connect; `*` for any. */
  readonly origins: readonly string[]
  /** Whether no token is asked for. */
  readonly open: boolean
  /** The address that is listened on. */
  readonly host: string
}

/** A host name as it is compared: in lower case, without brackets and without the dot of the root. */
const plainHost = (hostname: string): string =>
  hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')

const isThisMachine = (hostname: string): boolean => isLoopback(hostname) || hostname.endsWith('.localhost')

/** An origin in its one form, without the port that goes without saying: undefined when it is none, or more than one. */
const originOf = (text: string): URL | undefined => {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@,]+$/i.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  url.hostname = url.hostname.replace(/\.$/, '')
  return url
}

const isNamed = (origin: string, page: URL | undefined, origins: readonly string[]): boolean =>
  origins.some((named) => {
    if (named === '*' || named === origin) return true
    const one = originOf(named)
    return page !== undefined && one !== undefined && one.protocol === page.protocol && one.host === page.host
  })

/** What `Host` says; undefined where it is missing, said twice, or no host. */
const hostOf = ({ rawHeaders, headers: { host } }: IncomingMessage, secure: boolean): URL | undefined => {
  const said = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length
  return host === undefined || said > 1 ? undefined : originOf(`${secure ? 'https' : 'http'}://${host}`)
}

/**
 * Why a request may not come in; undefined: it may. Programs send no origin, and a page of the bridge itself is at home. A name that
 * somebody made to point here looks like home too: where no token is asked for only the names of this machine count, and a bridge that
 * listens on this machine alone answers to no other name but those of `origins`. `proxied`: it came through a proxy that is trusted.
 * `published`: pages of every origin may read what it asks for.
 */
export const strangeness = (
  request: IncomingMessage,
  { origins, open, host: listening }: OriginRules,
  { secure, proxied, published = false }: { readonly secure: boolean; readonly proxied: boolean; readonly published?: boolean },
): string | undefined => {
  const { origin, 'sec-fetch-site': site } = request.headers
  const host = hostOf(request, secure)
  if (!host) return 'A request names one host, in the header Host.'
  const name = plainHost(host.hostname)
  const isOurs = isThisMachine(name) || origins.some((each) => each === '*' || plainHost(originOf(each)?.hostname ?? '') === name)
  if (isLoopback(listening) && !proxied && !isOurs)
    return `Nothing here is called ${name.slice(0, 100)}: connect to localhost, or allow pages of that name with the option origins (--origin).`
  if (published) return undefined
  if (origin === undefined)
    // A browser that leaves out the origin still tells whether the page is another's.
    return site === undefined || site === 'same-origin' || site === 'none' || origins.includes('*')
      ? undefined
      : 'Pages of other origins may not connect without telling theirs.'
  const page = originOf(origin)
  if (isNamed(origin, page, origins)) return undefined
  const atHome = page?.host === host.host && (!open || isThisMachine(plainHost(page.hostname)))
  return atHome ? undefined : `Pages of ${origin.slice(0, 200)} may not connect; allow it with the option origins (--origin).`
}
