/** What anybody may tell a system, by chance. */
import { swarm } from '../../../../actors/swarm/define.js'
import { approval, graph, task } from '../../../../actors/task/define.js'
import { isFinal } from '../../../../src/protocol/view.js'
import type { AgentDefinition } from '../../../../src/system/definition.js'
import type { System } from '../../../../src/system/system.js'
import { majority, supermajority, unanimous } from '../../../../src/vote/rules.js'
import type { Life, World } from './world.js'

/** Called when what a command did is known to outlive the process. */
type Acknowledge = () => void

type Command = (world: World, life: Life) => Acknowledge | undefined

const quietly = (done: Promise<unknown>): undefined => void done.catch(() => {})
const none = () => undefined

/** Those that go on. */
const open = <V extends { readonly id: string; readonly state: Parameters<typeof isFinal>[0] }>(
  all: ReadonlyMap<string, V>,
): V[] => [...all.values()].filter(({ state }) => !isFinal(state))
const agents = ({ state }: System) => open(state.agents).map(({ id }) => id)
const swarms = ({ state }: System) => open(state.swarms).map(({ id }) => id)
export const tasks = ({ state }: System) => open(state.tasks).map(({ id }) => id)
/** Of those in which a person is asked. */
const questions = ({ state }: System) =>
  [...state.attention.values()].filter((item) => item.kind === 'approval' && item.state === 'open')

const begun = ({ acknowledged }: World, id: string, all: ReadonlyMap<string, unknown>): Acknowledge | undefined =>
  all.has(id) ? () => void acknowledged.actors.add(id) : undefined

/** One of those that go on, and what is done with it. */
const withOne =
  (of: (system: System) => string[], act: (system: System, id: string, world: World) => Promise<unknown>): Command =>
  (world, { system }) => {
    const id = world.pick(of(system))
    return id === undefined ? undefined : quietly(act(system, id, world))
  }

const spawn: Command = (world, { system, definitions: [common] }) => {
  const id = world.fresh('a')
  if (agents(system).length > 6) return undefined
  system.spawn(common as AgentDefinition, { id, queue: world.pick([2, 100]), concurrency: world.pick([1, 2]) })
  return begun(world, id, system.state.agents)
}

const messageOf = (world: World, key: string) =>
  world.pick([
    { type: 'nap', ms: world.pick([5, 50, 200]), key },
    { type: 'nap', ms: world.pick([5, 50, 200]), key },
    { type: 'quick', key },
    { type: 'fail' },
    { type: 'crash' },
    { type: 'parts', many: world.pick([1, 2, 3]) },
    { type: 'ask' },
  ]) ?? { type: 'fail' }

const workFor = (world: World, system: System): string =>
  world.pick(world.random() < 0.5 ? swarms(system) : agents(system)) ?? 'a0'

const work: Command = (world, { system }) => {
  const { random, pick } = world
  const id = world.fresh('t')
  const once = random() < 0.2
  const need = random() < 0.25 ? pick(tasks(system)) : undefined
  const declared = task({
    id,
    to: workFor(world, system),
    message: messageOf(world, id),
    once,
    retries: once ? 0 : (pick([0, 1, 3]) ?? 0),
    backoff: [2, 10],
    priority: pick(['low', 'normal', 'high', 'critical']),
    needs: need === undefined ? [] : [need],
    evenIfNeedsFail: random() < 0.5,
    ...(random() < 0.1 ? { deadline: 300 } : {}),
    ...(random() < 0.1 ? { timeout: 60 } : {}),
  })
  quietly(system.spawn(declared).ready)
  return begun(world, id, system.state.tasks)
}

const whole: Command = (world, { system }) => {
  const id = world.fresh('g')
  const part = () => ({ to: workFor(world, system), message: { type: 'nap', ms: 20, key: 'part' }, retries: 5 })
  const last = { ...part(), needs: ['one', 'two'] }
  quietly(system.spawn(graph({ id, tasks: { one: part(), two: part(), last } })).ready)
  return begun(world, id, system.state.tasks)
}

const person: Command = (world, { system }) => {
  const id = world.fresh('p')
  const late = { deadline: 500, onDeadline: world.pick(['approve', 'reject', 'fail'] as const) }
  quietly(system.spawn(approval({ id, question: 'May it?', ...(world.random() < 0.3 ? late : {}) })).ready)
  return begun(world, id, system.state.tasks)
}

const squad: Command = (world, { system }) => {
  const id = world.fresh('s')
  if (swarms(system).length > 2) return undefined
  const members = [...new Set([0, 1, 2].map(() => world.pick(agents(system)) ?? 'a0'))]
  quietly(system.spawn(swarm({ id, goal: 'x', members, topology: world.pick(['star', 'mesh', 'adaptive']) })).ready)
  return begun(world, id, system.state.swarms)
}

const handOver: Command = (world, { system }) => {
  const given = world.pick(open(system.state.tasks).filter((each) => each.swarm !== undefined))
  const to = world.pick(system.state.swarms.get(given?.swarm ?? '')?.members ?? [])?.id
  if (!given?.swarm) return undefined
  const chosen = to !== undefined && world.random() < 0.7 ? { to } : {}
  return quietly(system.swarm(given.swarm).handOver({ task: given.id, ...chosen, reason: 'by chance' }))
}

const propose: Command = (world, { system }) => {
  const crew = world.random() < 0.5 ? world.pick(swarms(system)) : undefined
  const voters = crew === undefined ? ['ann', 'bob', 'cid', 'a0'] : system.swarm(crew)
  const rule = world.pick([majority(), unanimous(), supermajority()])
  const within = world.random() < 0.5 ? { within: 2_000 } : {}
  return quietly(system.propose('?', { id: world.fresh('b'), voters, choices: ['yes', 'no'], rule, ...within }).ready)
}

const vote: Command = (world, { system }) => {
  const ballot = world.pick(open(system.state.ballots).filter(({ voters }) => voters.includes('ann')))?.id
  const voter = world.pick(['ann', 'bob', 'cid']) ?? 'ann'
  if (ballot === undefined) return undefined
  quietly(system.ballot(ballot).vote(voter, world.pick(['yes', 'no'])))
  const cast = system.state.ballots.get(ballot)?.votes[voter] !== undefined
  return cast ? () => void world.acknowledged.votes.add(`${ballot} ${voter}`) : undefined
}

const note: Command = (world, { system }) => {
  const key = world.fresh('n')
  const priority = world.pick(['low', 'normal', 'critical'] as const)
  system.deliver(world.pick(agents(system)) ?? 'a0', { type: 'note', key }, { priority }, 'ann')
  return () => void world.acknowledged.notes.add(key)
}

const stop = withOne(
  (system) => agents(system).filter((id) => id !== 'a0' && id !== 'a1'),
  (system, id, { stopped }) => {
    stopped.add(id)
    return system.agent(id).stop({ grace: 20 })
  },
)
const dissolve = withOne(swarms, (system, id, { stopped }) => {
  stopped.add(id)
  return system.swarm(id).stop()
})
const leave = withOne(swarms, async (system, id, world) => {
  const member = world.pick(system.state.swarms.get(id)?.members ?? [])
  if (member) await system.swarm(id).leave(member.id)
})
const decide: Command = (world, { system }) => {
  const item = world.pick(questions(system))
  return item && quietly(system.as('bob').attention.resolve(item.id, world.pick(['approve', 'reject'])))
}
const replay: Command = (_, { system }) =>
  quietly(system.deadLetters().then(async ([newest]) => newest && (await system.replay(newest.id))))

/** Each as often as it stands beside it. */
const all: Readonly<Record<string, readonly [number, Command]>> = {
  ...{ spawn: [2, spawn], work: [8, work], whole: [1, whole], person: [1, person], squad: [1, squad] },
  ...{ handOver: [1, handOver], propose: [1, propose], vote: [2, vote], note: [5, note], decide: [1, decide] },
  ...{ stop: [0.3, stop], dissolve: [0.1, dissolve], leave: [0.5, leave], replay: [0.4, replay] },
  lose: [0.5, (world, { system }) => void system.send('nobody', { type: 'note', key: world.fresh('x') })],
  join: [1, withOne(swarms, (system, id, world) => system.swarm(id).join(world.pick(agents(system)) ?? 'a0'))],
  rest: [0.5, withOne(swarms, (system, id) => system.swarm(id).pause())],
  goOn: [1, withOne(swarms, (system, id) => system.swarm(id).resume())],
  pause: [1, withOne(agents, (system, id) => system.agent(id).pause())],
  freeze: [0.7, withOne(agents, (system, id) => system.agent(id).freeze())],
  resume: [2, withOne(agents, (system, id) => system.agent(id).resume())],
  restart: [0.4, withOne(agents, (system, id) => system.agent(id).restart())],
  cancel: [1, withOne(tasks, (system, id) => system.task(id).cancel())],
  hold: [1, withOne(tasks, (system, id) => system.task(id).pause())],
  release: [1.5, withOne(tasks, (system, id) => system.task(id).resume())],
  schedule: [
    0.7,
    withOne(agents, (system, id, world) => {
      const key = world.fresh('c')
      return system.schedule(id, { type: 'quick', key }, { every: 50, times: 4 }, { id: key }).ready
    }),
  ],
}

const drawn = Object.entries(all).flatMap(([name, [often, give]]) =>
  Array.from({ length: often * 10 }, () => [name, give] as const),
)

/** Gives one command, by chance. */
export const command = (world: World, life: Life): Acknowledge | undefined => {
  const [name, give] = world.pick(drawn) ?? ['nothing', none]
  world.story.push(name)
  try {
    return give(world, life)
  } catch {
    // Whoever stops takes in nothing more.
    return undefined
  }
}

/** Everybody goes on, every person agrees, and no swarm is without members: then everything ends. */
export const release = async ({ system, clock }: Life): Promise<void> => {
  for (const id of agents(system)) quietly(system.agent(id).resume())
  for (const id of swarms(system)) {
    quietly(system.swarm(id).resume())
    if (system.state.swarms.get(id)?.members.length === 0) quietly(system.swarm(id).join('a0'))
  }
  await clock.advance(0)
  for (const id of tasks(system)) quietly(system.task(id).resume())
  for (const { id } of questions(system)) quietly(system.as('bob').attention.resolve(id, 'approve'))
  await clock.advance(5_000)
}
