/** The `troupe` command against a bridge of this process. */
import type { TokenClaims } from '../../bridge/index.js'
import { type Running, troupe } from './command.js'

interface World {
  readonly bridge: { readonly url: string }
  readonly token: (claims?: Partial<TokenClaims>) => Promise<string>
}

/** Runs the command with a token of these claims; by default one that may do everything. */
export const commandOf = async ({ bridge, token }: World, claims: Partial<TokenClaims> = {}) => {
  const env = { TROUPE_URL: bridge.url, TROUPE_TOKEN: await token(claims) }
  const start = (...args: readonly string[]): Running => troupe(args, env)
  return { start, run: (...args: readonly string[]) => start(...args).ended }
}
