/** Agents that get nowhere: too long in a state, busy without a word, or with a message that nobody takes. */
import type { CancelTimer } from '../clock.js'
import type { EventOf } from '../protocol/event.js'
import type { AgentState } from '../protocol/states.js'
import type { AgentActor, Host } from '../system/actor.js'
import type { Attention } from './attention.js'

/** After how many milliseconds somebody should look. What is not named is not watched, and costs nothing. */
export interface Stalls extends Partial<Record<Exclude<AgentState, 'running' | 'stopped'> | 'busy', number>> {
  /** Busy, and nothing heard of it meanwhile: no output, progress, activity, nothing said. */
  readonly silent?: number
  /** A message has waited so long in the mailbox of an agent that runs; of one that is paused, its pause is to be watched. */
  readonly mailbox?: number
}

/** What of the system the watching needs. */
export interface Watched extends Host {
  readonly actors: ReadonlyMap<string, { readonly kind: string }>
}

/** Puts on the list what stalls. Returns how to end it. */
export const watchStalls = (host: Watched, attention: Attention, stalls: Stalls): (() => void)[] => [
  ...watchStates(host, attention, stalls),
  ...(stalls.silent === undefined ? [] : watchSilence(host, attention, stalls.silent)),
  ...(stalls.mailbox === undefined ? [] : watchMailboxes(host, attention, stalls.mailbox)),
]

/** An agent that stays too long where nobody stays. */
const watchStates = (host: Host, attention: Attention, stalls: Stalls): (() => void)[] => {
  const timers = new Map<string, CancelTimer>()
  const seen = ({ id, state, busy }: EventOf<'agent.status'>) => {
    timers.get(id)?.()
    timers.delete(id)
    attention.settle('stall', id)
    const name = state === 'running' && busy ? 'busy' : state
    const limit = name === 'running' || name === 'stopped' ? undefined : stalls[name]
    if (limit === undefined) return
    const title = `Agent ${id} has been ${name} for ${limit} ms`
    const tell = () => void attention.raise({ kind: 'stall', subject: id, title, priority: 'high' })
    timers.set(id, host.clock.after(limit, tell, { holds: false }))
  }
  const stop = host.listen('agent.*.status', ({ event }) => {
    if (event.type === 'agent.status') seen(event)
  })
  return [stop, () => timers.forEach((cancel) => void cancel())]
}

/** An agent that is busy and says nothing. */
const watchSilence = (host: Host, attention: Attention, limit: number): (() => void)[] => {
  const busy = new Map<string, { heardAt: number; cancel: CancelTimer }>()
  const look = (id: string): CancelTimer => {
    const left = (busy.get(id)?.heardAt ?? host.clock.now()) + limit - host.clock.now()
    const due = () => {
      const entry = busy.get(id)
      if (!entry) return
      if (entry.heardAt + limit > host.clock.now()) entry.cancel = look(id)
      else raise(id)
    }
    return host.clock.after(left, due, { holds: false })
  }
  const raise = (id: string) => {
    const title = `Agent ${id} has been busy for ${limit} ms without a word`
    attention.raise({ kind: 'stall', subject: id, matter: 'silent', title, priority: 'high' })
  }
  const heard = (id: string | undefined) => {
    const entry = id === undefined ? undefined : busy.get(id)
    if (!entry || id === undefined) return
    // One that was on the list speaks again: it is watched anew.
    const late = entry.heardAt + limit <= host.clock.now()
    entry.heardAt = host.clock.now()
    if (!late) return
    attention.settle('stall', id, 'silent')
    entry.cancel = look(id)
  }
  const moved = ({ id, state, busy: working }: EventOf<'agent.status'>) => {
    busy.get(id)?.cancel()
    busy.delete(id)
    attention.settle('stall', id, 'silent')
    if (state !== 'running' || !working) return
    const entry = { heardAt: host.clock.now(), cancel: () => {} }
    busy.set(id, entry)
    entry.cancel = look(id)
  }
  const stops = ['output', 'said', 'activity', 'metrics', 'process', 'heartbeat'].map((what) =>
    host.listen(`agent.*.${what}`, ({ event }) => heard('id' in event ? event.id : undefined)),
  )
  stops.push(
    host.listen('agent.*.status', ({ event }) => void (event.type === 'agent.status' && moved(event))),
    host.listen('task.*.output', ({ event }) => heard(event.type === 'task.output' ? event.agent : undefined)),
    host.listen('task.*.progress', ({ event }) =>
      heard(event.type === 'task.progress' ? host.view.tasks.get(event.id)?.agent : undefined),
    ),
  )
  return [...stops, () => busy.forEach(({ cancel }) => void cancel())]
}

/** Looks at all mailboxes four times within the limit: a message is told of a quarter of it too late at the most. */
const watchMailboxes = (host: Watched, attention: Attention, limit: number): (() => void)[] => {
  let cancel = () => {}
  const late = new Set<string>()
  const look = () => {
    const before = host.clock.now() - limit
    for (const actor of host.actors.values()) if (actor.kind === 'agent') judge(actor as AgentActor, before)
    for (const id of late) if (!host.actors.has(id)) settle(id)
    arm()
  }
  const judge = ({ id, state, mailbox }: AgentActor, before: number) => {
    const { oldest } = mailbox
    if (state !== 'running' || oldest === undefined || oldest > before) return settle(id)
    late.add(id)
    const title = `A message has waited for agent ${id} for more than ${limit} ms`
    attention.raise({ kind: 'stall', subject: id, matter: 'mailbox', title, priority: 'normal' })
  }
  const settle = (id: string) => {
    if (late.delete(id)) attention.settle('stall', id, 'mailbox')
  }
  const arm = () => {
    cancel = host.clock.after(Math.max(1, limit / 4), look, { holds: false })
  }
  arm()
  return [() => cancel()]
}
