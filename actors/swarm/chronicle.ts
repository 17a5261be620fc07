/** What a swarm says, and the lines of its log that tell a person of it. */
import type { Event, EventOf } from '../../src/protocol/event.js'
import type { View } from '../../src/protocol/view.js'
import type { Host } from '../../src/system/actor.js'

type Line = Omit<EventOf<'swarm.log'>, 'type' | 'id'>

/** Characters of a line at the most. */
const longest = 1_000

export class Chronicle {
  readonly #id: string
  readonly #host: Host

  constructor(id: string, host: Host) {
    this.#id = id
    this.#host = host
  }

  /** Says something of the swarm, and a line beside it where it is worth one. */
  say(event: Exclude<Event, EventOf<'message'>>): void {
    this.#host.emit(event, { source: this.#id })
    this.note(event)
  }

  /** A line about what somebody else has said of a member or a task, where it is worth one. */
  note(event: Event): void {
    const line = lineOf(event, this.#host.view)
    if (!line) return
    const text = line.text.length > longest ? `${line.text.slice(0, longest - 1)}…` : line.text
    this.#host.emit({ type: 'swarm.log', id: this.#id, ...line, text }, { source: this.#id })
  }
}

const lineOf = (event: Event, view: View): Line | undefined => {
  const name = (id: string) => view.agents.get(id)?.name ?? id
  switch (event.type) {
    case 'swarm.member': {
      const { agent, change, role, reason } = event
      const how = change === 'joined' ? role && ` as ${role}` : reason && `: ${reason}`
      return { level: 'info', text: `${name(agent)} ${change}${how ?? ''}.`, agent }
    }
    case 'swarm.coordinator': {
      const { agent, reason } = event
      return agent
        ? { level: 'info', text: `${name(agent)} coordinates: ${reason}.`, agent }
        : { level: 'warn', text: `Nobody coordinates: ${reason}.` }
    }
    case 'swarm.rewired':
      return { level: 'info', text: `Messages go along ${event.wiring}: ${event.reason}.` }
    case 'swarm.handed-over': {
      const { task, from, to, reason } = event
      const text = `${name(from)} handed ${titleOf(task, view)} over to ${name(to)}: ${reason}.`
      return { level: 'info', text, agent: from, task }
    }
    case 'swarm.status':
      return lineOfSwarm(event)
    case 'agent.status':
      if (event.state !== 'crashed') return undefined
      return {
        level: 'error',
        text: `${name(event.id)} crashed: ${event.error?.message ?? event.reason ?? 'no reason was given'}`,
        agent: event.id,
      }
    case 'task.status':
      return lineOfTask(event, view, name)
    default:
      return undefined
  }
}

const lineOfSwarm = ({ state, phase, from, reason }: EventOf<'swarm.status'>): Line => {
  const level = state === 'crashed' ? 'error' : 'info'
  return { level, text: `The swarm is ${state === from ? phase : state}${reason ? `: ${reason}` : ''}.` }
}

const lineOfTask = (
  { id, state, from, agent, attempt, error, reason }: EventOf<'task.status'>,
  view: View,
  name: (id: string) => string,
): Line | undefined => {
  // A task also says something when it is held back, for example, and stays where it is.
  if (state === from) return undefined
  const title = titleOf(id, view)
  const about = { task: id, ...(agent === undefined ? {} : { agent }) }
  const who = agent === undefined ? 'Somebody' : name(agent)
  const why = error?.message ?? reason
  switch (state) {
    case 'running': {
      const again = attempt > 1 ? `, attempt ${attempt}` : ''
      return {
        level: 'info',
        text: from === 'paused' ? `${who} goes on with ${title}.` : `${who} began ${title}${again}.`,
        ...about,
      }
    }
    case 'completed':
      return { level: 'info', text: agent === undefined ? `${title} is completed.` : `${who} completed ${title}.`, ...about }
    case 'crashed':
      return { level: 'warn', text: `${title} stopped short${why ? `: ${why}` : '.'}`, ...about }
    case 'failed':
      return { level: 'error', text: `${title} failed${why ? `: ${why}` : '.'}`, ...about }
    case 'cancelled':
      return { level: 'warn', text: `${title} was cancelled${why ? `: ${why}` : '.'}`, ...about }
    default:
      return undefined
  }
}

const titleOf = (task: string, view: View): string => `“${view.tasks.get(task)?.title ?? task}”`
