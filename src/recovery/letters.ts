/** Messages that were accepted are handled, also by who goes on after this process. */
import type { Host, Letter } from '../system/actor.js'
import type { LetterRecord } from './records.js'

/** Remembers it until it was handled. One that is remembered already is so under the same id. `where`: what it has to do with. */
export const keepLetter = (
  { keeper, ids }: Pick<Host, 'keeper' | 'ids'>,
  to: string,
  letter: Letter,
  where: Pick<LetterRecord, 'swarm'> = {},
): Letter => {
  if (!keeper) return letter
  const { message, priority, from, expires, cause, steers, unread, dead, schedule, reach, lost, record = ids.next() } = letter
  const number = keeper.next()
  const told = { message, priority, from, expires, cause, steers, unread, dead, schedule }
  const kept = { number, to, ...told, once: lost?.record, ...where }
  keeper.keep('letter', record, kept, reach)
  return { ...letter, record }
}
