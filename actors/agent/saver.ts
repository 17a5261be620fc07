/** Writes down the state of an agent, and reads it again where it is brought back. */
import { TroupeError, toTroupeError } from '../../src/errors.js'
import type { Host } from '../../src/system/actor.js'
import type { Behaviour } from './behaviour.js'

interface Owner {
  readonly id: string
  readonly host: Host
  readonly options: unknown
  memory: unknown
  /** Whether it is brought back from a process before: its state was written down there. */
  restoring: boolean
}

/** The state that it begins with. Throws what the making of a new one throws. */
export const firstState = (owner: Owner, { snapshot, state }: Behaviour): unknown => {
  const { id, host, options, restoring } = owner
  owner.restoring = false
  const found = restoring && snapshot ? host.keeper?.get('memory', id) : undefined
  if (found && snapshot)
    try {
      if ('unfit' in found) throw new TroupeError('FAILED', found.unfit)
      return snapshot.load(found.record.data, found.record.version)
    } catch (thrown) {
      host.keeper?.setAside('memory', id)
      const why = `The snapshot of agent ${id} could not be read, and is kept aside; it begins with a new state. ${toTroupeError(thrown).message}`
      host.report(`agent ${id}`, new TroupeError('FAILED', why), id)
    }
  // What was written down of the state before this one is not to come back.
  if (snapshot) host.keeper?.drop('memory', id)
  return state?.(options)
}

/** Writes it down at the end of this turn, once for all that was handled in it. */
export class Saver {
  readonly #owner: Pick<Owner, 'id' | 'host' | 'memory'>
  readonly #snapshot: Behaviour['snapshot']
  #armed = false

  constructor(owner: Pick<Owner, 'id' | 'host' | 'memory'>, { snapshot }: Behaviour) {
    this.#owner = owner
    this.#snapshot = snapshot
  }

  /** The state may have changed. */
  changed(): void {
    if (!this.#snapshot || this.#armed || !this.#owner.host.keeper) return
    this.#armed = true
    queueMicrotask(() => this.#save(this.#snapshot))
  }

  #save(snapshot: Behaviour['snapshot']): void {
    const { id, host, memory } = this.#owner
    this.#armed = false
    if (!snapshot) return
    try {
      host.keeper?.keep('memory', id, { version: snapshot.version, data: snapshot.save(memory) })
    } catch (thrown) {
      host.report(`the snapshot of agent ${id}, which was not saved`, thrown, id)
    }
  }
}
