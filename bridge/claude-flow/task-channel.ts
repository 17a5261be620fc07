/** The channel of tasks: how far they are, how they end, what goes wrong. */
import type {
  TaskAssignedEvent,
  TaskCompletedEvent,
  TaskCreatedEvent,
  TaskErrorEvent,
  TaskProgressEvent,
} from '../dialects/claude-flow/data.js'
import { ChannelClient, ChannelServer, now, type Outcome } from './channel.js'
import type { WSClient } from './client.js'
import type { WSRouter } from './router.js'

/** Events: `progress-update`, `task-completed`, `task-created`, `task-assigned`, `task-error`, for what is published without an id. */
export class TaskChannelServer extends ChannelServer {
  constructor(router: WSRouter) {
    super(router, 'task', {
      progress: 'progress-update',
      completed: 'task-completed',
      created: 'task-created',
      assigned: 'task-assigned',
      error: 'task-error',
    })
  }

  publishProgress(event: TaskProgressEvent): Promise<void> {
    return this.say(event.taskId, 'progress', event)
  }
  publishCompleted(event: TaskCompletedEvent): Promise<void> {
    return this.say(event.taskId, 'completed', event)
  }
  publishCreated(event: TaskCreatedEvent): Promise<void> {
    return this.say(event.taskId, 'created', event)
  }
  publishAssigned(event: TaskAssignedEvent): Promise<void> {
    return this.say(event.taskId, 'assigned', event)
  }
  publishError(event: TaskErrorEvent): Promise<void> {
    return this.say(event.taskId, 'error', event)
  }

  /** `agentId`: who does it, for the reader of the progress. */
  publishTaskStarted(taskId: string, agentId?: string): Promise<void> {
    const message = agentId === undefined ? 'Task started' : `Task started by ${agentId}`
    return this.publishProgress({ taskId, progress: 0, status: 'in-progress', message, timestamp: now() })
  }
  publishTaskSuccess(taskId: string, result?: unknown, duration?: number): Promise<void> {
    return this.publishCompleted({ ...ended(taskId, duration), status: 'completed', result })
  }
  publishTaskFailure(taskId: string, { message, stack }: Error, duration?: number): Promise<void> {
    return this.publishCompleted({
      ...{ ...ended(taskId, duration), status: 'failed' as const },
      error: { message, ...(stack ? { stack } : {}) },
    })
  }
}

const ended = (taskId: string, duration: number | undefined) => ({
  ...{ taskId, timestamp: now() },
  ...(duration === undefined ? {} : { duration }),
})

/** Events, each also with `:<id>` behind it: `progress`, `completed`, `created`, `assigned`, `error`. */
export class TaskChannelClient extends ChannelClient {
  constructor(client: WSClient) {
    super(client, 'task', 'taskId', {
      progress: 'progress',
      completed: 'completed',
      created: 'created',
      assigned: 'assigned',
      error: 'error',
    })
  }

  subscribeToTask(taskId: string): Promise<void> {
    return this.follow(taskId)
  }
  unsubscribeFromTask(taskId: string): Promise<void> {
    return this.unfollow(taskId)
  }
  getSubscribedTasks(): string[] {
    return this.subscribed
  }

  reportProgress(event: TaskProgressEvent): Promise<void> {
    return this.report(event.taskId, 'progress', event)
  }
  reportCompleted(event: TaskCompletedEvent): Promise<void> {
    return this.report(event.taskId, 'completed', event)
  }
  reportError(event: TaskErrorEvent): Promise<void> {
    return this.report(event.taskId, 'error', event)
  }

  /** How a task ends, or has ended, that this client listens to. Rejects after `timeout` milliseconds; default: it waits. */
  waitForCompletion(taskId: string, timeout?: number): Promise<TaskCompletedEvent> {
    return this.wait<TaskCompletedEvent>(taskId, timeout, `Task ${taskId} completion`)
  }

  protected override outcomeOf(name: string, id: string): Outcome | undefined {
    return name === 'completed' || name === 'created' ? { key: id, over: name === 'completed' } : undefined
  }
}
