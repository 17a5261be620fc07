/** Words about the connection itself, told from those that the system carries out. */
import { TroupeError } from '../src/errors.js'
import type { Journal } from '../src/journal/journal.js'
import type { Command } from '../src/protocol/command.js'
import type { SessionCommand } from '../src/protocol/session.js'
import type { Answer, Request, Saying } from './dialect.js'

export const isSession = (command: Command | SessionCommand): command is SessionCommand => command.type.startsWith('session.')

/** Whether an answer says nothing that the journal has to keep first: that somebody is there, or that it keeps nothing now. */
export const isFree = ({ type }: Command | SessionCommand, answer: Answer): boolean =>
  type === 'session.ping' || (answer.receipt === 'rejected' && answer.error.code === 'JOURNAL_UNAVAILABLE')

/** What an answer knows of besides events, while it is being kept: who comes back after the process has ended relies on it. */
export const keepingOf = ({ type }: Command | SessionCommand, journal: Pick<Journal, 'committed'>): Promise<void> | undefined =>
  /^session\..*subscribe$/.test(type) ? journal.committed() : undefined

/** What a batch may hold: whatever says who is there, or ends it, is said by itself. Throws `INVALID_MESSAGE` for these. */
export const outsideBatch = (heard: readonly (Request | Saying)[]): readonly (Request | Saying)[] => {
  const odd = heard.find(
    (each): each is Request => 'command' in each && isSession(each.command) && !/subscribe$|ping$|pong$/.test(each.command.type),
  )
  if (!odd) return heard
  const what = odd.command.type.replace('session.', '')
  throw new TroupeError('INVALID_MESSAGE', `A batch holds commands, subscribe, unsubscribe and ping; send ${what} by itself.`, {
    details: { id: odd.id },
  })
}
