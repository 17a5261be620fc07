/** One event applied to a view. */
import type { Envelope } from './envelope.js'
import type { Event, EventOf } from './event.js'
import { type AgentView, isFinal, type SwarmView, type TaskView, type View } from './view.js'

/** How many finished agents, tasks, swarms and ballots a view remembers of each kind before it forgets the oldest. */
export const defaultKeep = 1_000

/** Applies one event to the view, in place. Events must come in the order of the journal. */
export const fold = (view: View, { event, timestamp, offset, epoch }: Envelope, keep = defaultKeep): void => {
  view.epoch = epoch
  view.offset = offset
  step(view, event, timestamp, keep)
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one table, a case an event; cut in two it could not be checked for missing ones.
const step = (view: View, event: Event, at: number, keep: number): void => {
  switch (event.type) {
    case 'agent.spawned':
      return begin(view.agents, newAgent(event, at))
    case 'agent.status':
      return agentStatus(view, event, at, keep)
    case 'agent.supervised': {
      const agent = view.agents.get(event.id)
      if (agent) agent.restarts = event.restarts
      return
    }
    case 'agent.queue': {
      const queue = view.agents.get(event.id)?.queue
      if (event.change === 'joined') queue?.splice(event.position - 1, 0, event.task)
      else if (queue) remove(queue, event.task)
      return
    }
    case 'agent.activity': {
      const agent = view.agents.get(event.id)
      if (agent) agent.activity = event.activity
      return touch(view, event.id, at)
    }
    case 'agent.said':
    case 'agent.output':
      return touch(view, event.id, at)
    case 'task.created':
      begin(view.tasks, newTask(event, at))
      if (event.swarm) view.swarms.get(event.swarm)?.tasks.push(event.id)
      return
    case 'task.status':
      return taskStatus(view, event, at, keep)
    case 'task.progress': {
      const task = view.tasks.get(event.id)
      if (task) Object.assign(task, { progress: event.progress }, optional({ note: event.note, remaining: event.remaining }))
      return
    }
    case 'task.output': {
      const task = view.tasks.get(event.id)
      if (task) task.output = event.sequence
      return touch(view, event.agent, at)
    }
    case 'swarm.created':
      return begin(view.swarms, newSwarm(event, at))
    case 'swarm.status': {
      const swarm = view.swarms.get(event.id)
      if (!swarm) return
      swarm.state = event.state
      swarm.phase = event.phase
      if (isFinal(event.state)) retire(view.swarms, event.id, keep)
      return
    }
    case 'swarm.member': {
      const swarm = view.swarms.get(event.id)
      if (!swarm) return
      swarm.members = swarm.members.filter((member) => member.id !== event.agent)
      if (event.change === 'joined') swarm.members.push({ id: event.agent, ...optional({ role: event.role }) })
      return
    }
    case 'swarm.coordinator': {
      const swarm = view.swarms.get(event.id)
      if (swarm && event.agent) swarm.coordinator = event.agent
      else if (swarm) delete swarm.coordinator
      return
    }
    case 'swarm.progress': {
      const swarm = view.swarms.get(event.id)
      if (!swarm) return
      delete swarm.remaining
      Object.assign(
        swarm,
        { progress: event.progress, completed: event.completed, total: event.total },
        optional({ remaining: event.remaining }),
      )
      return
    }
    case 'ballot.opened':
      return ballotOpened(view, event, at)
    case 'ballot.vote': {
      const ballot = view.ballots.get(event.id)
      if (ballot) ballot.votes[event.voter] = event.choice ?? null
      return
    }
    case 'ballot.status': {
      const ballot = view.ballots.get(event.id)
      if (!ballot) return
      ballot.state = event.state
      ballot.decision = event.decision
      if (event.state === 'closed') {
        ballot.closedAt = at
        retire(view.ballots, event.id, keep)
      }
      return
    }
    case 'system.dead-letter':
      view.deadLetters++
      return
    case 'system.error':
      view.errors++
      return
    case 'swarm.hop':
    case 'swarm.log':
    case 'system.draining':
    case 'message':
      return
    default:
      return event satisfies never
  }
}

/** An object without the entries that are undefined. */
const optional = <T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

const remove = (list: string[], item: string) => {
  const index = list.indexOf(item)
  if (index >= 0) list.splice(index, 1)
}

const touch = (view: View, id: string, at: number) => {
  const agent = view.agents.get(id)
  if (agent) agent.activeAt = at
}

type Finishing = { id: string; state: Parameters<typeof isFinal>[0] }

/**
 * The finished entries of a map, oldest first. Kept beside the view, so that its plain data stays what is there now; a view
 * that came from elsewhere has them at the end of its maps, in the same order.
 */
const finishedOf = (map: Map<string, Finishing>): Set<string> => {
  let finished = finishedIn.get(map)
  if (finished) return finished
  finished = new Set()
  for (const [id, { state }] of map) if (isFinal(state)) finished.add(id)
  finishedIn.set(map, finished)
  return finished
}
const finishedIn = new WeakMap<object, Set<string>>()

/** Enters what begins, perhaps under the id of something that has finished. */
const begin = <T extends Finishing>(map: Map<string, T>, item: T): void => {
  finishedOf(map).delete(item.id)
  map.set(item.id, item)
}

/** Moves a finished entry to the end of its map and forgets the oldest finished ones beyond `keep`. */
const retire = <T extends Finishing>(map: Map<string, T>, id: string, keep: number): void => {
  const item = map.get(id)
  if (!item) return
  map.delete(id)
  map.set(id, item)
  const finished = finishedOf(map)
  finished.delete(id)
  finished.add(id)
  for (const oldest of finished) {
    if (finished.size <= keep) return
    finished.delete(oldest)
    map.delete(oldest)
  }
}

const newAgent = (event: EventOf<'agent.spawned'>, at: number): AgentView => ({
  id: event.id,
  definition: event.definition,
  name: event.name,
  state: 'spawning',
  busy: false,
  hears: event.hears,
  says: event.says,
  concurrency: event.concurrency,
  queue: [],
  tasks: [],
  completed: 0,
  failed: 0,
  restarts: 0,
  spawnedAt: at,
  activeAt: at,
  ...optional({ parent: event.parent, metadata: event.metadata }),
})

const agentStatus = (view: View, event: EventOf<'agent.status'>, at: number, keep: number) => {
  const agent = view.agents.get(event.id)
  if (!agent) return
  agent.state = event.state
  agent.busy = event.busy
  agent.activeAt = at
  if (event.error) agent.error = event.error
  if (!event.busy) delete agent.activity
  if (event.state === 'stopped') retire(view.agents, event.id, keep)
}

const newTask = (event: EventOf<'task.created'>, at: number): TaskView => ({
  id: event.id,
  title: event.title,
  to: event.to,
  message: event.message,
  state: 'queued',
  blocked: event.needs.length > 0,
  needs: event.needs,
  priority: event.priority,
  attempt: 0,
  retries: event.retries,
  progress: 0,
  output: 0,
  createdAt: at,
  ...optional({ swarm: event.swarm, metadata: event.metadata }),
})

const taskStatus = (view: View, event: EventOf<'task.status'>, at: number, keep: number) => {
  const task = view.tasks.get(event.id)
  if (!task) return
  const agent = view.agents.get(event.agent ?? task.agent ?? '')
  if (agent) {
    agent.activeAt = at
    const inHand = event.state === 'running' || event.state === 'paused'
    if (inHand && !agent.tasks.includes(event.id)) agent.tasks.push(event.id)
    else if (!inHand) remove(agent.tasks, event.id)
    if (event.state === 'completed') agent.completed++
    if (event.state === 'failed') agent.failed++
  }
  task.state = event.state
  task.blocked = event.blocked
  task.attempt = event.attempt
  if (event.agent) task.agent = event.agent
  if (event.error) task.error = event.error
  if (event.state === 'running' && event.from === 'assigned') {
    task.startedAt = at
    task.progress = 0
  }
  if (event.state === 'completed') {
    task.progress = 100
    task.result = event.result
    delete task.error
  }
  if (!isFinal(event.state)) return
  task.endedAt = at
  delete task.remaining
  retire(view.tasks, event.id, keep)
}

const newSwarm = (event: EventOf<'swarm.created'>, at: number): SwarmView => ({
  id: event.id,
  name: event.name,
  goal: event.goal,
  topology: event.topology,
  state: 'forming',
  phase: 'forming',
  members: [],
  tasks: [],
  progress: 0,
  completed: 0,
  total: 0,
  createdAt: at,
  ...optional({ metadata: event.metadata }),
})

const ballotOpened = (view: View, event: EventOf<'ballot.opened'>, at: number) =>
  begin(view.ballots, {
    id: event.id,
    question: event.question,
    choices: event.choices,
    voters: event.voters,
    rule: event.rule,
    state: 'open',
    votes: {},
    decision: null,
    openedAt: at,
    ...optional({ deadline: event.deadline, swarm: event.swarm }),
  })
