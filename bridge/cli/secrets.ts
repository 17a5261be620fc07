/** Secrets and tokens as commands are given them: from the environment, from a file, or, with a warning, in plain sight. */
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { describeThrown, TroupeError } from '../../src/errors.js'

/** The options that are secret, each with the variable that says the same. */
const secrets = { secret: 'TROUPE_SECRET', token: 'TROUPE_TOKEN' } as const

/** More is no secret. */
const longest = 65_536

export const secretFile = () =>
  new Option('--secret-file <path>', 'a file with the secret, in place of --secret').env('TROUPE_SECRET_FILE')
export const tokenFile = () =>
  new Option('--token-file <path>', 'a file with the token, in place of --token').env('TROUPE_TOKEN_FILE')

const contentOf = (flag: string, path: string): string => {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (thrown) {
    throw new TroupeError('INVALID_OPTION', `The file of ${flag} cannot be read: ${describeThrown(thrown)}`, { cause: thrown })
  }
  const content = text.trim()
  if (content !== '' && content.length <= longest) return content
  throw new TroupeError('INVALID_OPTION', `The file of ${flag} has to hold 1 to ${longest} characters; it has ${content.length}.`)
}

/** Overwrites what the list of processes shows of the arguments, where the system lets it. */
const hideArguments = (command: Command): void => {
  process.title = `troupe ${command.name()}`
}

/**
 * Puts what stands in a file in its place, and warns of what everybody on this machine can read: of a token, which ends by itself, only
 * a person, since the standard error of a command may be what a program reads.
 */
export const settleSecrets = (command: Command): void => {
  const address: unknown = command.getOptionValueSource('url') === 'cli' ? command.getOptionValue('url') : undefined
  if (typeof address === 'string' && address.includes('?')) hideArguments(command)
  for (const [name, variable] of Object.entries(secrets)) {
    const path: unknown = command.getOptionValue(`${name}File`)
    const source = command.getOptionValueSource(name)
    if (typeof path === 'string') {
      if (source === 'cli')
        throw new TroupeError(
          'INVALID_OPTION',
          `Give --${name} or --${name}-file, not both; the file is what others cannot read.`,
        )
      command.setOptionValueWithSource(name, contentOf(`--${name}-file`, path), 'config')
    } else if (source === 'cli') {
      hideArguments(command)
      if (name === 'secret' || process.stderr.isTTY)
        console.error(
          `warning: --${name} stands in the list of processes until the command has begun, where every user of this machine can read it, and in the history of the shell; use ${variable} or --${name}-file`,
        )
    }
  }
}
