/** What is declared, spawned or set up with numbers and words that cannot be is refused before anything comes of it. */

import type { Stalls } from '../attention/stalls.js'
import { TroupeError } from '../errors.js'
import { needCount, needDuration, needWord } from '../given.js'
import { priorities } from '../protocol/priority.js'
import { topology as topologies } from '../protocol/states.js'
import {
  type AgentDefinition,
  type ApprovalDeclaration,
  type GraphDeclaration,
  type GraphTask,
  overflows,
  type SpawnOptions,
  type SwarmDeclaration,
  type TaskDeclaration,
} from './definition.js'

/** Throws `INVALID_OPTION`. */
export const checkSpawn = (definition: AgentDefinition, options: SpawnOptions): void => {
  const { concurrency = definition.concurrency, queue, mailbox = {} } = options
  const { capacity, overflow } = typeof mailbox === 'number' ? { capacity: mailbox } : { overflow: undefined, ...mailbox }
  if (!(Number.isInteger(concurrency) && concurrency >= 1))
    throw new TroupeError('INVALID_OPTION', `The concurrency of an agent is a whole number of 1 or more; got ${concurrency}.`)
  needCount('The queue of an agent', queue)
  needCount('The mailbox of an agent', capacity, 1)
  needWord('The overflow of a mailbox', overflow, overflows)
}

/** Throws `INVALID_OPTION`. */
export const checkTask = (declared: TaskDeclaration | ApprovalDeclaration | GraphDeclaration): void => {
  needDuration('The deadline of a task', declared.deadline)
  if (declared.kind === 'task') checkWork(declared)
  else if (declared.kind === 'approval')
    needWord('The onDeadline of an approval', declared.onDeadline, ['fail', 'approve', 'reject'])
  else for (const part of Object.values(declared.tasks)) checkWork(part)
}

const checkWork = ({ deadline, timeout, retries, backoff, priority, once }: GraphTask): void => {
  if (once && retries !== undefined && retries !== 0)
    throw new TroupeError('INVALID_OPTION', 'A task that is done once cannot be tried again; leave out once, or retries.')
  needDuration('The deadline of a task', deadline)
  needDuration('The timeout of a task', timeout)
  needWord('The priority of a task', priority, priorities)
  const counts = typeof retries === 'object' && retries !== null ? Object.entries(retries) : [['all', retries] as const]
  for (const [code, count] of counts) needCount(code === 'all' ? 'The retries of a task' : `The retries after ${code}`, count)
  if (!backoff) return
  const [from, to] = backoff
  for (const each of backoff) needDuration('The backoff of a task', each)
  if (!(from <= to))
    throw new TroupeError('INVALID_OPTION', `The backoff of a task goes from less to more milliseconds; got [${from}, ${to}].`)
}

/** Throws `INVALID_OPTION`. */
export const checkSwarm = ({ deadline, topology }: SwarmDeclaration): void => {
  needDuration('The deadline of a swarm', deadline)
  needWord('The topology of a swarm', topology, topologies.options)
}

/** What a system is set up with. Throws `INVALID_OPTION`. */
export const checkSetUp = (options: {
  readonly maxAgents?: number
  readonly maxHops?: number
  readonly keep?: number
  readonly keys?: { readonly window?: number; readonly limit?: number }
  readonly deadLetters?: { readonly keep?: number; readonly replays?: number }
  readonly stalls?: Stalls
}): void => {
  needCount('The option maxAgents', options.maxAgents)
  needCount('The option maxHops', options.maxHops)
  needCount('The option keep', options.keep)
  needDuration('The option keys.window', options.keys?.window)
  needCount('The option keys.limit', options.keys?.limit, 1)
  needCount('The option deadLetters.keep', options.deadLetters?.keep)
  needCount('The option deadLetters.replays', options.deadLetters?.replays)
  for (const [name, limit] of Object.entries(options.stalls ?? {})) needDuration(`The option stalls.${name}`, limit)
}
