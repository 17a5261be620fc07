/** What becomes of a task's entry in the view. */
import type { EventAbout, EventOf } from '../event.js'
import { isFinal, type TaskView, type View } from '../view.js'
import { printed, touch } from './agent.js'
import { begin, forget, optional, remove, retire, reword } from './entries.js'
import { print } from './swarm.js'

export const foldTask = (view: View, event: EventAbout<'task'>, at: number, keep: number, by: string): void => {
  switch (event.type) {
    case 'task.created':
      begin(view.tasks, newTask(event, at, by))
      if (event.parent) view.tasks.get(event.parent)?.parts.push(event.id)
      if (event.swarm) view.swarms.get(event.swarm)?.tasks.push(event.id)
      return
    case 'task.status':
      return taskStatus(view, event, at, keep)
    case 'task.progress': {
      const task = view.tasks.get(event.id)
      if (task) Object.assign(task, { progress: event.progress }, optional({ note: event.note, remaining: event.remaining }))
      return
    }
    case 'task.updated': {
      const task = view.tasks.get(event.id)
      return task && reword(task, { title: event.title }, event.metadata)
    }
    case 'task.forgotten':
      return forgotten(view, event.id)
    case 'task.approval':
      return approval(view, event)
    case 'task.output': {
      const task = view.tasks.get(event.id)
      if (task) task.output = event.sequence
      const { id, agent, stream, data: text } = event
      if (task?.swarm) print(view, task.swarm, { at, offset: view.offset, task: id, agent, stream, text })
      printed(view, agent, event.order)
      return touch(view, agent, at)
    }
    default:
      return event satisfies never
  }
}

const newTask = (event: EventOf<'task.created'>, at: number, by: string): TaskView => ({
  id: event.id,
  title: event.title,
  to: event.to,
  by,
  message: event.message,
  state: 'queued',
  blocked: event.needs.length > 0,
  needs: event.needs,
  priority: event.priority,
  attempt: 0,
  retries: event.retries,
  progress: 0,
  output: 0,
  parts: [],
  createdAt: at,
  ...optional({
    swarm: event.swarm,
    parent: event.parent,
    requires: event.requires,
    once: event.once,
    deadline: event.deadline,
    metadata: event.metadata,
  }),
})

/** How many tasks the entry of a swarm names before it forgets the oldest that are final. */
const tasksNamed = 1_000

const forgetOldest = (view: View, swarm: string) => {
  const tasks = view.swarms.get(swarm)?.tasks
  if (!tasks || tasks.length <= tasksNamed) return
  const final = (id: string) => {
    const state = view.tasks.get(id)?.state
    return state === undefined || isFinal(state)
  }
  const oldest = tasks.findIndex(final)
  if (oldest >= 0) tasks.splice(oldest, 1)
}

const forgotten = (view: View, id: string) => {
  const { swarm = '', parent = '' } = view.tasks.get(id) ?? {}
  remove(view.swarms.get(swarm)?.tasks ?? [], id)
  remove(view.tasks.get(parent)?.parts ?? [], id)
  forget(view.tasks, id)
}

const approval = (view: View, event: EventOf<'task.approval'>) => {
  const task = view.tasks.get(event.id)
  if (!task) return
  const { question, details, voters, decision, by, reason } = event
  const asked = { ...task.approval, ...optional({ question, details, voters, decision, by, reason }) }
  task.approval = { question: '', ...asked }
}

const taskStatus = (view: View, event: EventOf<'task.status'>, at: number, keep: number) => {
  const task = view.tasks.get(event.id)
  if (!task) return
  const agent = view.agents.get(event.agent ?? task.agent ?? '')
  if (agent) {
    agent.activeAt = at
    const inHand = event.state === 'running' || event.state === 'paused'
    if (inHand && !agent.tasks.includes(event.id)) agent.tasks.push(event.id)
    else if (!inHand) remove(agent.tasks, event.id)
    if (event.state === 'completed') {
      agent.completed++
      agent.worked += at - (task.startedAt ?? at)
    }
    if (event.state === 'failed') agent.failed++
  }
  task.state = event.state
  delete task.retryAt
  if (event.retryAt !== undefined) task.retryAt = event.retryAt
  task.blocked = event.blocked
  task.attempt = event.attempt
  if (event.agent) task.agent = event.agent
  if (event.error) task.error = event.error
  if (event.state === 'running' && event.from === 'assigned') {
    task.startedAt = at
    task.progress = 0
    delete task.remaining
    delete task.note
  }
  if (event.state === 'completed') {
    task.progress = 100
    task.result = event.result
    delete task.error
  }
  if (!isFinal(event.state)) return
  task.endedAt = at
  delete task.remaining
  if (task.swarm) forgetOldest(view, task.swarm)
  retire(view.tasks, event.id, keep)
}
