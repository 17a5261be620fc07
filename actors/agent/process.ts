/** A process that runs for an agent, as the agent declares it. */
import { TroupeError } from '../../src/errors.js'
import type { Cause } from '../../src/protocol/envelope.js'
import type { Host } from '../../src/system/actor.js'

/** How a process ended, where that is known: its exit code, and the signal that ended it; null where it has none. */
export interface ProcessEnd {
  readonly exitCode?: number | null | undefined
  readonly signal?: string | null | undefined
}

/** On whose behalf it runs. */
interface Declarer {
  readonly id: string
  readonly host: Host
  readonly task: { readonly id: string } | undefined
  readonly cause: Cause | undefined
  /** Set when it was left behind: what it still starts is nobody's. */
  readonly abandoned: boolean
}

/** Says that a process runs; returns how to say, once, that it has ended. Throws `INVALID_OPTION` for what is no number of a process. */
export const declareProcess = (declarer: Declarer, pid: number): ((end?: ProcessEnd) => void) => {
  const { id, host, task, cause, abandoned } = declarer
  if (!Number.isSafeInteger(pid) || pid < 1)
    throw new TroupeError('INVALID_OPTION', `The number of a process is a whole number of 1 or more; got ${pid}.`)
  // What an end has to belong to was not said then.
  if (abandoned) return () => {}
  const say = (change: 'started' | 'ended', { exitCode, signal }: ProcessEnd = {}) => {
    const how = { ...(exitCode === undefined ? {} : { exitCode }), ...(signal === undefined ? {} : { signal }) }
    const worksFor = task ? { task: task.id } : {}
    host.emit({ type: 'agent.process', id, pid, change, ...worksFor, ...how }, { source: id, cause })
  }
  let running = true
  say('started')
  return (end) => {
    if (!running) return
    running = false
    say('ended', end)
  }
}
