/** TLS: the certificate and its key, from text or from files that are read again when they change. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { Clock } from '../../src/clock.js'
import { describeThrown, TroupeError } from '../../src/errors.js'
import { needDuration, needWord } from '../../src/given.js'

/** Versions of TLS that may be the least. */
type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

interface TlsBounds {
  /** The oldest version that is spoken. Default `TLSv1.3`. */
  readonly minVersion?: TlsVersion
  /** What an encrypted key is read with. */
  readonly passphrase?: string
}

/** A certificate, with its chain, and its key, as PEM. `ca`: with it only clients come in that show a certificate of one of these authorities. */
interface TlsTexts extends TlsBounds {
  readonly cert: string
  readonly key: string
  readonly ca?: string
}

/** The same in files, which are looked at every `reload` milliseconds (default 5,000) and read again when they changed. */
interface TlsFiles extends TlsBounds {
  readonly certFile: string
  readonly keyFile: string
  readonly caFile?: string
  readonly reload?: number
}

export type TlsOptions = TlsTexts | TlsFiles

/** What a server is made with. */
type Secured = SecureContextOptions & { readonly requestCert: boolean; readonly rejectUnauthorized: boolean }

const refuse = (message: string, cause?: unknown): TroupeError => new TroupeError('INVALID_OPTION', message, { cause })

const read = (what: string, path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    throw refuse(`The ${what} could not be read: ${describeThrown(thrown)}.`, thrown)
  }
}

/** Throws where they are not each other's. A context takes a key of another kind than the certificate's, or none, and fails at each handshake. */
const needPair = ({
  cert,
  key,
  passphrase,
}: {
  readonly cert: string
  readonly key: string
  readonly passphrase?: string
}): void => {
  const own = createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) })
  if (!new X509Certificate(cert).checkPrivateKey(own)) throw new Error('the key is that of another certificate')
}

/** Throws `INVALID_OPTION` for files that cannot be read, and for a certificate and a key that do not belong together. */
const secured = (options: TlsOptions): Secured => {
  const files = 'certFile' in options
  const cert = files ? read('TLS certificate (tls.certFile, --tls-cert)', options.certFile) : options.cert
  const key = files ? read('TLS key (tls.keyFile, --tls-key)', options.keyFile) : options.key
  const ca = files ? options.caFile && read('TLS authorities (tls.caFile)', options.caFile) : options.ca
  const { minVersion = 'TLSv1.3', passphrase } = options
  const mutual = ca !== undefined && ca !== ''
  const made = {
    ...{ cert, key, minVersion, requestCert: mutual, rejectUnauthorized: mutual },
    ...(mutual ? { ca } : {}),
    ...(passphrase === undefined ? {} : { passphrase }),
  }
  try {
    createSecureContext(made)
    needPair(made)
  } catch (thrown) {
    const where = files ? ` (${options.certFile}, ${options.keyFile})` : ''
    throw refuse(
      `The TLS certificate and key${where} cannot be used; give a certificate and the key that belongs to it, as PEM: ${describeThrown(thrown)}.`,
      thrown,
    )
  }
  return made
}

/** What tells that a file is another than before; undefined: it is not there now. */
const markOf = (path: string): string | undefined => {
  try {
    const { mtimeMs, size, ino } = statSync(path)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return undefined
  }
}

/** Throws `INVALID_OPTION` for what cannot be. */
const check = (options: TlsOptions): void => {
  needWord('The option tls.minVersion', options.minVersion, ['TLSv1.2', 'TLSv1.3'])
  if ('certFile' in options) needDuration('The option tls.reload', options.reload)
  for (const [name, other] of [
    ['cert', 'key'],
    ['certFile', 'keyFile'],
  ] as const) {
    const given = (field: string) => (options as unknown as Readonly<Record<string, unknown>>)[field]
    if ((typeof given(name) === 'string') !== (typeof given(other) === 'string'))
      throw refuse(`TLS takes both a certificate and its key (tls.${name} and tls.${other}); one of them is missing.`)
  }
  if (!('certFile' in options) && !('cert' in options))
    throw refuse('The option tls expects cert and key, or certFile and keyFile.')
}

/** The certificate of one server. */
export class Certificate {
  readonly #options: TlsOptions
  readonly #clock: Clock
  readonly #paths: readonly string[]
  #cancel: () => void = () => {}
  /** How the files looked when they were read last, and when they were looked at last. */
  #read: string
  #seen: string
  #secured: Secured

  /** Throws `INVALID_OPTION` for what cannot be. */
  constructor(options: TlsOptions, clock: Clock) {
    check(options)
    this.#options = options
    this.#clock = clock
    this.#paths = 'certFile' in options ? [options.certFile, options.keyFile, ...(options.caFile ? [options.caFile] : [])] : []
    this.#read = this.#seen = this.#marks()
    this.#secured = secured(options)
  }

  get secured(): Secured {
    return this.#secured
  }

  /**
   * Looks after the files until `close`. `changed`: there is a new pair, for connections from now on. `failed`: there is one that cannot
   * be used; the old one stays, and this is told once for each change.
   */
  watch(changed: (secured: Secured) => void, failed: (error: TroupeError) => void): void {
    if (!('certFile' in this.#options)) return
    const { reload = 5_000 } = this.#options
    const look = () => {
      this.#cancel = this.#clock.after(reload, look, { holds: false })
      const marks = this.#marks()
      // Two files are not replaced at the same moment: they are read when they have come to rest.
      const settled = marks === this.#seen
      this.#seen = marks
      if (!settled || marks === this.#read) return
      this.#read = marks
      try {
        this.#secured = secured(this.#options)
        changed(this.#secured)
      } catch (thrown) {
        failed(thrown instanceof TroupeError ? thrown : refuse(describeThrown(thrown), thrown))
      }
    }
    this.#cancel = this.#clock.after(reload, look, { holds: false })
  }

  close(): void {
    this.#cancel()
  }

  #marks(): string {
    return this.#paths.map(markOf).join('\n')
  }
}
