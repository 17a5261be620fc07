/** What requests to the runtime may ask for; the message types of the same meaning do the same. */
import { TroupeError } from '../../../src/errors.js'
import type { Command } from '../../../src/protocol/command.js'
import type { AgentView, SwarmView, TaskView } from '../../../src/protocol/view.js'
import { textMessage } from '../../dialect.js'
import { ask, askSteps, type Heard, say } from './ask.js'
import type { OpenClawOptions } from './options.js'
import { own, read, unknownFields } from './read.js'
import { agentShown, projectShown, taskShown } from './shown.js'
import type { State } from './state.js'
import { type Frame, payloads, priorities } from './words.js'

type Action = (data: Readonly<Record<string, unknown>>, frame: Frame, state: State, options: OpenClawOptions) => Heard

const missing = (what: string, id: string): TroupeError => new TroupeError('NOT_FOUND', `There is no ${what} ${id}.`)

export const agentFor = (idOrName: string, { context }: State): AgentView => {
  const agent = context.view.agentNamed(idOrName)
  if (!agent) throw missing('agent', idOrName)
  return agent
}

/** An agent that can be spoken to. */
export const livingAgent = (idOrName: string, state: State): AgentView => {
  const agent = agentFor(idOrName, state)
  // One that crashed and whose client has not come back is about to begin, and nobody knows when.
  const waits = agent.state === 'spawning' && agent.restarts > 0
  if (agent.state !== 'stopped' && agent.state !== 'crashed' && agent.state !== 'stopping' && !waits) return agent
  throw new TroupeError('NOT_RUNNING', `Agent ${idOrName} is ${agent.state}; it takes nothing now.`)
}

const taskFor = (id: string, { context }: State): TaskView => {
  const task = context.view.task(id)
  if (!task) throw missing('task', id)
  return task
}

const projectFor = (id: string, { context }: State): SwarmView => {
  const swarm = context.view.swarm(id)
  if (!swarm) throw missing('project', id)
  return swarm
}

const ourPriority = (given: number | string | undefined) =>
  given === undefined ? undefined : priorities.find((name, at) => at === given || name === given)

const changed = (
  value: Readonly<Record<string, unknown>>,
  known: Record<string, unknown>,
): { metadata?: Record<string, unknown> } => {
  const metadata = { ...value, ...Object.fromEntries(Object.entries(known).filter(([, each]) => each !== undefined)) }
  return Object.keys(metadata).length > 0 ? { metadata } : {}
}

/** Has an agent join a project that it is not a member of. */
const joining = ({ id, members }: SwarmView, agent: AgentView) =>
  members.some((member) => member.id === agent.id) ? [] : [{ type: 'swarm.join', id, agent: agent.id } as const]

const forNobody =
  'Missing required field: agentId, who does it, or projectId, where it waits for a member that is free, or for task_assign'

const createTask: Action = (data, frame, state) => {
  const {
    title,
    description,
    projectId,
    command,
    agentId,
    priority,
    dependencies = [],
  } = read(payloads.taskCreate, data, 'The task')
  if (agentId === undefined && projectId === undefined)
    throw own('MISSING_REQUIRED_FIELD', forNobody, { field: 'agentId', expectedType: 'string', received: null })
  const agent = agentId === undefined ? undefined : livingAgent(agentId, state)
  const swarm = projectId === undefined ? undefined : projectFor(projectId, state)
  const extra = unknownFields(data, payloads.taskCreate)
  const plain = { type: 'task', title, ...(description ? { description } : {}), ...extra }
  const message = command === undefined ? plain : agent ? textMessage(agent, command) : { type: 'run', command }
  const own_ = ourPriority(priority)
  // Who is named does it, as a member of the project; a task of a project that is for nobody is for any member that is free.
  return askSteps(
    frame,
    [
      ...(agent && swarm ? joining(swarm, agent) : []),
      {
        type: 'task.create',
        to: swarm?.id ?? agent?.id ?? '',
        ...(agent && swarm ? { requires: [`agent:${agent.id}`] } : {}),
        message,
        title,
        ...(own_ ? { priority: own_ } : {}),
        ...(dependencies.length > 0 ? { needs: dependencies } : {}),
        ...changed(extra, { description, projectId, agentId: agent?.id }),
      },
    ],
    state,
    { data: ({ id }: { readonly id: string }) => ({ taskId: id }) },
  )
}

const updateTask: Action = (data, frame, state) => {
  const { taskId, title, description, status } = read(payloads.taskUpdate, data, 'The change')
  const { id } = taskFor(taskId, state)
  const applied = { data: () => ({ taskId: id, updated: true }) }
  const verbs: Command[] = []
  if (status !== undefined) {
    const verb = taskVerbs[status.toLowerCase()]
    if (!verb) throw own('INVALID_MESSAGE_FORMAT', `A task can be told ${Object.keys(taskVerbs).join(', ')}; got ${status}.`)
    verbs.push({ type: verb, id })
  }
  const extra = unknownFields(data, payloads.taskUpdate)
  for (const fixed of ['priority', 'agentId', 'projectId', 'dependencies'])
    if (Object.hasOwn(extra, fixed))
      throw own(
        'INVALID_MESSAGE_FORMAT',
        `The ${fixed} of a task stands once it was created; assign it with task_assign, or create another.`,
      )
  const words = { ...(title ? { title } : {}), ...changed(extra, { description }) }
  if (Object.keys(words).length > 0 || verbs.length === 0) verbs.unshift({ type: 'task.update', id, ...words })
  return askSteps(frame, verbs, state, applied)
}

const taskVerbs: Readonly<Record<string, 'task.cancel' | 'task.pause' | 'task.resume'>> = {
  cancelled: 'task.cancel',
  paused: 'task.pause',
  in_progress: 'task.resume',
}

const retryTask: Action = (data, frame, state) => {
  const task = taskFor(read(payloads.taskId, data, 'The task').taskId, state)
  if (task.state !== 'failed' && task.state !== 'cancelled')
    throw new TroupeError('INVALID_STATE', `Only a task that failed or was cancelled is run again; ${task.id} is ${task.state}.`)
  const { title, to, message, priority, metadata } = task
  return ask(
    frame,
    {
      type: 'task.create',
      to,
      title,
      message: { ...message, type: String(message['type']) },
      priority,
      metadata: { ...metadata, retryOf: task.id },
    },
    state,
    { data: ({ id }: { readonly id: string }) => ({ taskId: id, retryOf: task.id }) },
  )
}

const createProject: Action = (data, frame, state) => {
  const { name, description, deadline } = read(payloads.projectCreate, data, 'The project')
  if (deadline !== undefined && Number.isNaN(Date.parse(deadline)))
    throw own('INVALID_MESSAGE_FORMAT', `The deadline is a date such as 2024-02-15T00:00:00Z; got ${deadline}.`)
  const extra = unknownFields(data, payloads.projectCreate)
  // The day on which a project is due is shown, and stops nothing.
  return ask(frame, { type: 'swarm.create', name, goal: description ?? name, ...changed(extra, { deadline }) }, state, {
    data: ({ id }: { readonly id: string }) => ({ projectId: id, created: true }),
  })
}

const updateProject: Action = (data, frame, state) => {
  const { projectId, name, description, status } = read(payloads.projectUpdate, data, 'The change')
  const { id } = projectFor(projectId, state)
  const applied = { data: () => ({ projectId: id, updated: true }) }
  const verbs: Command[] = []
  if (status !== undefined) {
    const verb = projectVerbs[status.toLowerCase()]
    if (!verb)
      throw own('INVALID_MESSAGE_FORMAT', `A project can be told ${Object.keys(projectVerbs).join(', ')}; got ${status}.`)
    verbs.push({ type: verb, id })
  }
  const extra = unknownFields(data, payloads.projectUpdate)
  const words = { ...(name ? { name } : {}), ...(description ? { goal: description } : {}), ...changed(extra, {}) }
  if (Object.keys(words).length > 0 || verbs.length === 0) verbs.unshift({ type: 'swarm.update', id, ...words })
  return askSteps(frame, verbs, state, applied)
}

const projectVerbs: Readonly<Record<string, 'swarm.pause' | 'swarm.resume' | 'swarm.dissolve'>> = {
  paused: 'swarm.pause',
  active: 'swarm.resume',
  closed: 'swarm.dissolve',
}

const spawnAgent: Action = (data, frame, state, { kind: usual = 'shell' }) => {
  const { name, kind = usual, workspace, environment } = read(payloads.agentSpawn, data, 'The agent')
  const options = { ...(workspace ? { workspace } : {}), ...(environment ? { env: environment } : {}) }
  return ask(
    frame,
    {
      type: 'agent.spawn',
      definition: kind,
      name,
      ...(Object.keys(options).length > 0 ? { options } : {}),
      ...changed(unknownFields(data, payloads.agentSpawn), {}),
    },
    state,
    {
      data: ({ id, warnings }: { readonly id: string; readonly warnings?: readonly string[] }) => ({
        agentId: id,
        ...(warnings ? { warnings } : {}),
      }),
    },
  )
}

const agentVerb =
  (type: 'agent.freeze' | 'agent.pause' | 'agent.resume' | 'agent.terminate' | 'agent.kill'): Action =>
  (data, frame, state) => {
    const { id } = agentFor(read(payloads.agentId, data, 'The agent').agentId, state)
    return ask(frame, { type, id }, state, { data: () => ({ agentId: id }) })
  }

const readable = (state: State): State => {
  state.need('read')
  return state
}

/** Each action of a request, by its name. */
export const actions: Readonly<Record<string, Action>> = {
  create_project: createProject,
  update_project: updateProject,
  get_project: (data, frame, state) =>
    say(
      frame,
      projectShown(projectFor(read(payloads.projectId, data, 'The project').projectId, state), state.context.now()),
      state,
    ),
  list_projects: (_, frame, state) =>
    say(
      frame,
      {
        projects: readable(state)
          .context.view.swarms()
          .map((each) => projectShown(each, state.context.now())),
      },
      state,
    ),
  create_task: createTask,
  update_task: updateTask,
  get_task: (data, frame, state) => say(frame, taskShown(taskFor(read(payloads.taskId, data, 'The task').taskId, state)), state),
  list_tasks: (data, frame, state) => {
    const tasks = readable(state).context.view.tasks()
    const of = typeof data['projectId'] === 'string' ? tasks.filter(({ swarm }) => swarm === data['projectId']) : tasks
    return say(frame, { tasks: of.map(taskShown) }, state)
  },
  delete_task: (data, frame, state) => {
    const { id } = taskFor(read(payloads.taskId, data, 'The task').taskId, state)
    return ask(frame, { type: 'task.forget', id }, state, { data: () => ({ taskId: id, deleted: true }) })
  },
  assign_task: (data, frame, state) => {
    const { taskId, agentId } = read(payloads.taskAssign, data, 'The assignment')
    const task = taskFor(taskId, state)
    const agent = livingAgent(agentId, state)
    if (!task.swarm) throw new TroupeError('INVALID_STATE', `Task ${taskId} is of no project; it stays with ${task.to}.`)
    const command = { type: 'swarm.hand-over', id: task.swarm, task: task.id, to: agent.id, reason: 'it was assigned' } as const
    const swarm = projectFor(task.swarm, state)
    return askSteps(frame, [...joining(swarm, agent), command], state, { data: () => ({ taskId: task.id, agentId: agent.id }) })
  },
  retry_task: retryTask,
  spawn_agent: spawnAgent,
  terminate_agent: (data, frame, state, options) =>
    agentVerb(read(payloads.agentTerminate, data, 'The agent').force ? 'agent.kill' : 'agent.terminate')(
      data,
      frame,
      state,
      options,
    ),
  pause_agent: (data, frame, state, options) => {
    const { pids = [] } = agentFor(read(payloads.agentId, data, 'The agent').agentId, state)
    return agentVerb(pids.length > 0 ? 'agent.freeze' : 'agent.pause')(data, frame, state, options)
  },
  resume_agent: agentVerb('agent.resume'),
  get_agent: (data, frame, state) =>
    say(frame, agentShown(agentFor(read(payloads.agentId, data, 'The agent').agentId, state)), state),
  list_agents: (_, frame, state) => say(frame, { agents: readable(state).context.view.agents().map(agentShown) }, state),
  get_metrics: (_, frame, state) =>
    ask(frame, { type: 'metrics.get' }, state, {
      data: ({ metrics, traffic }: { readonly metrics: object; readonly traffic: object }) => ({ ...traffic, system: metrics }),
    }),
}
