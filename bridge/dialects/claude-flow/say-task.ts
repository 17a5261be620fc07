/** What happens to tasks, in the words of claude-flow. */
import type { EventAbout, EventOf } from '../../../src/protocol/event.js'
import { isFinal } from '../../../src/protocol/view.js'
import type { TaskCompletedEvent, TaskCreatedEvent, TaskProgressEvent } from './data.js'
import { type News, news, present, type Scene } from './news.js'
import { outputNews } from './say-agent.js'
import { priorityOf, taskStatusOf } from './states.js'

export const taskNews = (event: EventAbout<'task'>, scene: Scene): readonly News[] => {
  const { id } = event
  switch (event.type) {
    case 'task.created':
      return [news('task.created', id, () => created(event, scene))]
    case 'task.status':
      return statusNews(event, scene)
    case 'task.progress':
      return [news('task.progress', id, () => progress(id, event.progress, event.note, scene))]
    case 'task.output':
      return [outputNews(event, scene)]
    default:
      return []
  }
}

const created = (event: EventOf<'task.created'>, { view, timestamp }: Scene): TaskCreatedEvent => {
  const { id, title, to, message, priority, swarm, parent, needs, metadata } = event
  return {
    taskId: id,
    // A task of a swarm has no agent yet.
    ...(view.swarm(to) ? {} : { agentId: to }),
    type: message.type,
    priority: priorityOf[priority],
    metadata: { ...metadata, ...present({ title, swarm, parent, needs: needs.length > 0 ? needs : undefined }) },
    timestamp,
  }
}

const progress = (id: string, percent: number, message: string | undefined, { view, timestamp }: Scene): TaskProgressEvent => ({
  ...{ taskId: id, progress: percent, status: taskStatusOf[view.task(id)?.state ?? 'running'], timestamp },
  ...present({ message }),
})

const statusNews = (event: EventOf<'task.status'>, scene: Scene): readonly News[] => {
  const { id, state, from, agent, reason, error, retryAt } = event
  const { view, timestamp } = scene
  // What was said when it was made is not said again.
  if (state === 'queued' && from === undefined) return []
  const all = [news('task.progress', id, () => progress(id, view.task(id)?.progress ?? 0, reason ?? error?.message, scene))]
  const said: News[] = [...all]
  if (state === 'assigned' && agent !== undefined) {
    said.push(news('task.assigned', id, () => ({ taskId: id, agentId: agent, timestamp })))
    const swarm = view.task(id)?.swarm
    const data = { taskId: id, agentId: agent }
    if (swarm !== undefined)
      said.push(news('swarm.coordination', swarm, () => ({ swarmId: swarm, type: 'task-assignment', data, timestamp })))
  }
  if (error && (state === 'crashed' || state === 'failed'))
    said.push(
      news('task.error', id, () => ({
        taskId: id,
        error: { message: error.message, code: error.code, recoverable: state === 'crashed' && retryAt !== undefined },
        timestamp,
      })),
    )
  if (isFinal(state)) said.push(news('task.completed', id, () => completed(event, scene)))
  return said
}

const completed = (
  { id, state, result, error, reason }: EventOf<'task.status'>,
  { view, timestamp }: Scene,
): TaskCompletedEvent => {
  const startedAt = view.task(id)?.startedAt
  const why = error
    ? { message: error.message, code: error.code }
    : state === 'completed' || !reason
      ? undefined
      : { message: reason }
  return {
    taskId: id,
    status: state === 'completed' || state === 'failed' ? state : 'cancelled',
    ...present({ result, error: why, duration: startedAt === undefined ? undefined : Math.max(0, timestamp - startedAt) }),
    timestamp,
  }
}
