/** The id for something new. */
import { TroupeError } from '../errors.js'
import { type Ids, isId } from '../ids.js'
import type { View } from '../protocol/view.js'

/** What has ids already. */
export interface Named {
  readonly ids: Ids
  readonly view: View
  readonly actors: ReadonlyMap<string, unknown>
  readonly ballots: ReadonlyMap<string, unknown>
  readonly draining: boolean
  readonly stopped: boolean
  /** Whether what lived in the process before is being brought back. */
  readonly recovering: boolean
}

/** It does not tell by what. */
export const idTaken = (id: string): TroupeError =>
  new TroupeError('ID_TAKEN', `The id ${id} is in use, or was used by something that has ended; choose another.`)

/**
 * `parent`: the agent that spawns it, which may name a child as it named one that has ended: so it begins anew with the same family.
 * Throws `DRAINING`, `CLOSED`, `INVALID_STATE` while what lived before is brought back, `INVALID_MESSAGE` for what is no id, and `ID_TAKEN`.
 */
export const freshId = (named: Named, wanted: string | undefined, parent?: string): string => {
  const { ids, view, actors, ballots, draining, stopped, recovering } = named
  if (stopped) throw new TroupeError('CLOSED', 'This system has stopped; nothing new can be started in it.')
  if (draining) throw new TroupeError('DRAINING', 'This system is stopping; nothing new can be started in it.')
  if (recovering)
    throw new TroupeError(
      'INVALID_STATE',
      'What lived before is being brought back; wait for recover() before anything is spawned.',
    )
  if (wanted === undefined) return ids.next()
  if (!isId(wanted))
    throw new TroupeError('INVALID_MESSAGE', `An id is 1 to 128 of A-Z a-z 0-9 _ -; got ${JSON.stringify(wanted).slice(0, 80)}.`)
  const before = view.agents.get(wanted)
  if (parent !== undefined && before?.parent === parent && before.state === 'stopped' && !actors.has(wanted)) return wanted
  const all = [actors, ballots, view.agents, view.tasks, view.swarms, view.ballots]
  if (all.some((known) => known.has(wanted))) throw idTaken(wanted)
  return wanted
}
