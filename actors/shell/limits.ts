/** How a shell agent's limits are held: by the kernel where it lets us, else by watching. */
import { getPriority } from 'node:os'
import type { Limits } from './cgroup.js'
import { holds, whyNot } from './containment.js'

/** What of an agent's limits cannot be held as it is asked for, for people. */
export const limitWarnings = ({ memory, cpu }: Limits): string[] => {
  const held = memory === undefined && cpu === undefined ? new Set() : holds()
  const warnings: string[] = []
  if (memory !== undefined && !held.has('memory'))
    warnings.push(
      `The kernel does not hold agents to ${memory} MB of memory here, ${whyNot('memory')}; it is looked after four times a second, and what takes more is ended.`,
    )
  if (cpu !== undefined && !held.has('cpu'))
    warnings.push(
      `The kernel does not hold agents to ${cpu} cores here, ${whyNot('cpu')}; the commands run with a lower priority instead.`,
    )
  return warnings
}

/** How willingly commands give way where their share of the processor cannot be held. */
const givesWay = 10

/** By how much commands give way more than this process does; only less would need a right of its own. */
export const nicenessOf = ({ cpu }: Limits, nice: number | undefined): number => {
  const wanted = nice ?? (cpu !== undefined && !holds().has('cpu') ? givesWay : 0)
  return Math.max(0, wanted - getPriority())
}

/** Whether the memory of an agent has to be watched. */
export const isWatched = ({ memory }: Limits): boolean => memory !== undefined && !holds().has('memory')
