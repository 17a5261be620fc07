/** Ends what runtimes that were killed have left behind. */
// Processes live in the machine's time, whatever clock the system is given.
import { systemClock } from '../../src/clock.js'
import { runtimeGroup } from './containment.js'
import { Outlook } from './outlook.js'
import { commandOf, type ProcessFacts, readProcess } from './process-table.js'
import { here, type Roll, rolls } from './roll.js'
import { carries } from './runtime-mark.js'

/** A process that was left behind and has been ended. */
export interface Leftover {
  readonly pid: number
  readonly command: string
}

/** Looks for those left, so often at the most: who forks as fast as it is killed is not chased for ever. */
const rounds = 200
/** Looks in a row that find nobody, each of which may have overlooked somebody, before that is believed. */
const doubtful = 8

const isRunning = (runtime: string): boolean => {
  const [pid = 0, started = 0] = runtime.split('-').map(Number)
  const facts = readProcess(pid)
  return facts?.started === started && facts.state !== 'Z'
}

/**
 * Ends every process that a former runtime of this user started and did not live to end, and all that those started; returns them.
 * Runtimes that still run keep theirs. Safe at any time, and twice.
 */
export const endLeftovers = async (): Promise<Leftover[]> => {
  const ended = new Map<number, Leftover>()
  const place = here()
  for (const roll of rolls()) {
    // Another machine's, or from before it was started anew: numbers mean nothing here, and nobody of then can run.
    if (roll.here.split(' ')[0] !== place.split(' ')[0]) roll.remove()
    // This process may itself have been left behind by that runtime; then it lives within it, and so does all that it starts.
    else if (roll.here === place && !isRunning(roll.runtime) && !carries(process.pid, roll.runtime)) await endAll(roll, ended)
  }
  return [...ended.values()]
}

const pause = () => new Promise<void>((resolve) => void systemClock.after(10, resolve))

const endAll = async (roll: Roll, ended: Map<number, Leftover>): Promise<void> => {
  const group = runtimeGroup(roll.runtime)
  const outlook = new Outlook(0)
  for (let left = rounds, doubts = doubtful; left > 0 && doubts > 0; left--) {
    const within = new Set(group?.pids())
    const end = ({ pid }: ProcessFacts) => {
      if (pid === process.pid) return
      if (!ended.has(pid)) ended.set(pid, { pid, command: commandOf(pid) })
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // Gone by itself.
      }
    }
    // At once: who starts the next one and ends is gone when the look is over.
    const look = outlook.look((each) => {
      const left = carries(each.pid, roll.runtime)
      if (left) end(each)
      return left
    })
    const found = leftOf(roll, within, look?.all ?? [])
    for (const each of found) end(each)
    if (found.length === 0 && (look?.whole ?? true)) break
    doubts = found.length === 0 ? doubts - 1 : doubtful
    await pause()
  }
  group?.remove()
  roll.remove()
}

/** Who is in that runtime's control group, carries its mark, is written down or of the group or session of who is, or descends from one of these. */
const leftOf = (roll: Roll, within: ReadonlySet<number>, all: readonly ProcessFacts[]): ProcessFacts[] => {
  const byPid = new Map(all.map((each) => [each.pid, each]))
  // A number that was given to somebody else since is nobody of ours; a leader that is gone keeps its number from being given.
  const ours = new Set(
    roll.commands.flatMap(({ pid, started }) => {
      const now = byPid.get(pid)
      return now && now.started !== started ? [] : [pid]
    }),
  )
  const jobs = new Set(roll.jobs.flatMap(({ pid, started }) => (byPid.get(pid)?.started === started ? [pid] : [])))
  const members = new Map(
    all
      .filter(
        ({ pid, group, session }) =>
          within.has(pid) || jobs.has(pid) || ours.has(pid) || ours.has(group) || ours.has(session) || carries(pid, roll.runtime),
      )
      .map((each) => [each.pid, each]),
  )
  for (let before = -1; before !== members.size; ) {
    before = members.size
    for (const each of all) if (members.has(each.parent)) members.set(each.pid, each)
  }
  members.delete(process.pid)
  return [...members.values()]
}
