/** What the machine itself says. */
import { readdirSync, readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Memory } from '../../../actors/shell/memory.js'
import { isHeld, isLive, listProcesses, readProcess } from '../../../actors/shell/process-table.js'
import { systemClock } from '../../../src/clock.js'

/** Whether this machine tells of its processes. */
export const tells = listProcesses() !== undefined

/** The states of processes as the kernel has them: `gone` has ended. Several equal ones as one. */
export const statesOf = (pids: readonly number[]): string => {
  const states = pids.map((pid) => {
    const facts = readProcess(pid)
    if (!facts || !isLive(facts)) return 'gone'
    // Whether it runs or waits at this very moment is chance.
    return isHeld(facts) ? 'stopped' : 'running'
  })
  return [...new Set(states)].sort().join(', ')
}

export const memoryOfAll = (pids: readonly number[]): number => new Memory().of(pids)

/** The numbers that a command has written to a file, one a line. */
export const numbersIn = (path: string): number[] => {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1).map(Number)
  } catch {
    return []
  }
}

/** Collects what nobody holds any more, so that what is left is held. */
const collect = (): void => {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

/** How many of these objects are still in the heap. */
export const heldOf = async (objects: readonly WeakRef<object>[]): Promise<number> => {
  // What a turn has looked at is held until its end.
  await new Promise<void>((resolve) => void systemClock.yield(resolve))
  collect()
  return objects.filter((each) => each.deref() !== undefined).length
}

/** File handles of this process; undefined where the machine does not tell. */
export const handles = (): number | undefined => {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}
