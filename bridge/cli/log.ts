/** What the command says: facts on stdout for people or programs, troubles on stderr. */
import type { Logger } from '../log.js'

export interface Log {
  /** A fact: as a line of text, or as JSON where that was asked for. */
  say(fact: Readonly<Record<string, unknown>>, line: string): void
  error(message: string): void
  /** What the bridge says of its door. */
  readonly bridge: Logger
}

/** Members that are left out, should somebody ever write them. */
const secret = ['token', 'secret', 'password', 'authorization', 'cookie']

/** `level`: what reaches stderr, as pino has it. */
export const createLog = async (level: string, json: boolean): Promise<Log> => {
  const { pino } = await import('pino')
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: secret.flatMap((name) => [name, `*.${name}`]) },
    pino.destination({ fd: 2, sync: true }),
  )
  return {
    say(fact, line) {
      console.log(json ? JSON.stringify(fact) : line)
      logger.info(fact)
    },
    error: (message) => logger.error(message),
    bridge: logger,
  }
}
