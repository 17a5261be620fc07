/** The variables that a child process sees. */

/** Names that look like secrets: they are not handed on unless named. */
const secret =
  /TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|APIKEY|PRIVATEKEY|ACCESSKEY|(^|_)(KEY|CREDS?|PASS|PAT|PW|JWT|DSN)(_|\d|$)|(^|_)AUTH(_|$)|AUTHORIZATION|SESSION|(^|_)PWD_|_PWD$|^npm_config_.*auth|COOKIE|DATABASE_URL|CONNECTION_STRING/i
/** Values that carry one: `scheme://user:password@host`, `…;Password=…`, a private key. */
const carriesSecret =
  /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^\s@]+@|(^|[;\s])(password|pwd|passwd)\s*=|-----BEGIN [A-Z ]*PRIVATE KEY-----/i

export interface EnvironmentOptions {
  /** What the agent itself was given; stands as it is. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Variables that are handed on although they look like secrets. */
  readonly inherit?: readonly string[] | undefined
}

/** The host's variables less what looks like a secret, plus the agent's own. */
export const childEnvironment = (
  host: Readonly<Record<string, string | undefined>>,
  options: EnvironmentOptions,
): Record<string, string> => {
  const { env = {}, inherit = [] } = options
  const out: Record<string, string> = {}
  for (const [name, value] of Object.entries(host)) {
    if (value === undefined) continue
    // The marks of the `ci` swarm are no secrets, and have to reach a Troupe that runs within it.
    const hidden = secret.test(name) || carriesSecret.test(value) || /^TROUPE_(?!CI_)/.test(name)
    if (!hidden || inherit.includes(name)) out[name] = value
  }
  return { ...out, ...env }
}
