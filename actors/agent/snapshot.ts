/** How the state of an agent is written down, so that it outlives the process. */
import { needCount } from '../../src/given.js'

/** How the state of a kind of agent is written down and read again. */
export interface Snapshot<State> {
  /** Of what is written down, from 1; raise it when that changes. */
  readonly version: number
  /** The state as plain data: what JSON can say. Called after every message and task that was handled, many in one turn once. */
  readonly save: (state: State) => unknown
  /** The state again, from what was saved by this version or another. What it throws is told, and the agent begins with a new state. */
  readonly load: (data: unknown, version: number) => State
}

/** Throws `INVALID_OPTION`. */
export const checkSnapshot = (snapshot: { readonly version: number } | undefined): void => {
  if (snapshot) needCount('The version of a snapshot', snapshot.version, 1)
}
