/** Says a verb to agents, tasks and swarms, and prints the receipt of each. */
import { TroupeError } from '../../src/errors.js'
import type { StopOptions } from '../../src/options.js'
import type { Applied } from '../../src/protocol/reply.js'
import { type AgentView, isFinal, type View } from '../../src/protocol/view.js'
import type { Client } from '../client.js'
import { jsonLine, plain } from './print.js'
import { receipt } from './receipt.js'
import { type RemoteFlags, visit } from './remote.js'
import { labelOf, lookUp, type Target, targetsOf } from './target.js'
import { durationOf } from './values.js'
import type { Verb } from './verbs.js'

export interface VerbFlags extends RemoteFlags {
  readonly all?: boolean
  readonly reason?: string
  readonly grace?: string
  readonly force?: boolean
}

type Do = (client: Client, id: string, options: StopOptions) => Promise<Applied>

interface Deed {
  /** The word of its receipt. */
  readonly done: string
  /** Whether the state right after it is of no interest: what is restarted is still on its way back. */
  readonly passing?: boolean
  readonly agent?: Do
  readonly task?: Do
  readonly swarm?: Do
  /** Which agents `--all` means. */
  readonly all?: (agent: AgentView) => boolean
}

const lives = ({ state }: AgentView): boolean => !isFinal(state)

const deeds: Readonly<Record<Verb, Deed>> = {
  pause: {
    done: 'paused',
    agent: (client, id) => client.agent(id).pause(),
    task: (client, id) => client.task(id).pause(),
    swarm: (client, id) => client.swarm(id).pause(),
    all: (agent) => lives(agent) && agent.state !== 'paused',
  },
  freeze: {
    done: 'froze',
    agent: (client, id) => client.agent(id).freeze(),
    all: (agent) => lives(agent) && agent.frozen !== true,
  },
  resume: {
    done: 'resumed',
    agent: (client, id) => client.agent(id).resume(),
    task: (client, id) => client.task(id).resume(),
    swarm: (client, id) => client.swarm(id).resume(),
    all: ({ state }) => state === 'paused',
  },
  restart: { done: 'restarted', passing: true, agent: (client, id) => client.agent(id).restart(), all: lives },
  terminate: { done: 'terminated', agent: (client, id, options) => client.agent(id).terminate(options), all: lives },
  kill: { done: 'killed', agent: (client, id, { reason }) => client.agent(id).kill(reason), all: lives },
  stop: { done: 'stopped', agent: (client, id, options) => client.agent(id).stop(options), all: lives },
  approve: { done: 'approved', task: (client, id, { reason }) => client.task(id).approve(reason) },
  reject: { done: 'rejected', task: (client, id, { reason }) => client.task(id).reject(reason) },
  cancel: { done: 'cancelled', task: (client, id, { reason }) => client.task(id).cancel(reason) },
}

const kinds = ['agent', 'task', 'swarm'] as const

/** Requests that are under way at once; a bridge lets 1,000 of a connection wait. */
const atOnce = 100

/** The receipt as a line of text. */
const line = ({ done, passing }: Deed, target: Target, { state, reached, pending = [] }: Applied, names: Names): string => {
  const now = passing || state === undefined || state === done ? '' : `, now ${state}`
  const parts = reached ? `, and ${reached} ${reached === 1 ? 'part' : 'parts'} with it` : ''
  const late = pending.map((id) => (names.has(id) ? `${plain(names.get(id)?.name ?? '')} (${id})` : id))
  return `${done} ${labelOf(target)}${now}${parts}${late.length > 0 ? `; not at a boundary yet: ${late.join(', ')}` : ''}`
}
type Names = View['agents']

const refuseUnclear = (verb: Verb, wanted: readonly string[], all: boolean): void => {
  if (all && wanted.length > 0)
    throw new TroupeError(
      'INVALID_OPTION',
      `troupe ${verb} takes either names and ids, or --all; got both. Leave one of them out.`,
    )
  if (!all && wanted.length === 0)
    throw new TroupeError(
      'INVALID_OPTION',
      `troupe ${verb} expects at least one id or name, or --all for every agent; got none. troupe ps lists what there is.`,
    )
}

export const act = async (verb: Verb, wanted: readonly string[], flags: VerbFlags): Promise<void> => {
  const { all = false, reason, force } = flags
  refuseUnclear(verb, wanted, all)
  const options = { reason, force, grace: flags.grace === undefined ? undefined : durationOf(flags.grace, '--grace') }
  const deed = deeds[verb]
  await visit(flags, async (client) => {
    const view = client.view()
    const of = kinds.filter((kind) => deed[kind])
    const targets = all
      ? targetsOf({ agents: await meant(deed, view), tasks: new Map(), swarms: new Map() })
      : await lookUp(view.then(targetsOf), wanted, { of })
    if (targets.length === 0 && !flags.json) console.log(`there is no agent to ${verb}`)
    // A view that may not be read names nobody.
    const names = await view.then(
      ({ agents }) => agents,
      () => new Map() as Names,
    )
    for (let from = 0; from < targets.length; from += atOnce) {
      const some = targets.slice(from, from + atOnce)
      await Promise.all(some.map((target) => one(client, verb, target, options, { names, all, json: flags.json ?? false })))
    }
  })
}

const meant = async ({ all = lives }: Deed, view: Promise<View>): Promise<Names> =>
  new Map([...(await view).agents].filter(([, agent]) => all(agent)))

interface Told {
  readonly names: Names
  readonly all: boolean
  readonly json: boolean
}

const one = (client: Client, verb: Verb, target: Target, options: StopOptions, told: Told): Promise<void> =>
  receipt(labelOf(target), async () => {
    const deed = deeds[verb]
    // What is looked for is only of the kinds that the verb has.
    const run = deed[target.kind as (typeof kinds)[number]] as Do
    const applied = await run(client, target.id, options).catch((thrown: unknown) => {
      // Among all agents there are parents, and some ended with theirs.
      if (told.all && thrown instanceof TroupeError && thrown.code === 'ENDED') return undefined
      throw thrown
    })
    if (!applied) return undefined
    return told.json
      ? jsonLine({ verb, kind: target.kind, name: target.name, ...applied })
      : line(deed, target, applied, told.names)
  })
