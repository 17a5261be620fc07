/** Brings back the messages that were accepted and not handled yet, and those that could not be delivered. */
import type { Core } from '../system/core.js'
import type { Keeper } from './keeper.js'

/** Told what could not be brought back, and why. */
type Lament = (kind: 'letter' | 'dead-letter', id: string, reason: string) => void

/** Delivers again what was accepted, in the order in which it was. Returns how many. */
export const redeliver = (core: Core, keeper: Keeper, lament: Lament): number => {
  for (const found of keeper.all('letter')) if ('unfit' in found) lament('letter', found.id, found.unfit)
  let letters = 0
  for (const { id, record, reach, without } of keeper.inOrder('letter')) {
    const { to, number: _, swarm, once, ...letter } = record
    // What was taken in is not lost in silence, also where it cannot be handled for want of what was kept nowhere.
    if (without.length > 0) {
      core.deadLetter(to, { ...letter, record: id, reach, without }, 'invalid')
      continue
    }
    letters++
    const taken = letter.schedule === undefined ? undefined : core.schedules.waits(letter.schedule)
    const lost = once === undefined ? undefined : core.keys.use(once)
    const again = { ...letter, record: id, reach, taken, lost }
    const within = swarm === undefined ? undefined : core.swarm(swarm)
    if (within) within.send(to, again)
    else if (swarm !== undefined) core.deadLetter(to, again, 'unreachable')
    else core.deliver(to, again)
  }
  return letters
}

/** The dead letters, in the order in which they were buried. */
export const exhume = (core: Core, keeper: Keeper, lament: Lament): void => {
  for (const found of keeper.all('dead-letter')) if ('unfit' in found) lament('dead-letter', found.id, found.unfit)
  for (const { id, record, reach, without } of keeper.inOrder('dead-letter')) core.mail.dead.goOn(id, record, reach, without)
}
