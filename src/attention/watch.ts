/** Where what needs a person comes from: the events of the system. */
import type { CancelTimer } from '../clock.js'
import type { EventOf } from '../protocol/event.js'
import { isFinal } from '../protocol/view.js'
import type { Host } from '../system/actor.js'
import type { Attention } from './attention.js'
import { type Stalls, type Watched, watchStalls } from './stalls.js'

export type { Stalls }

/** Milliseconds in which so many crashes are a loop, and after which it is over. */
const loop = { within: 60_000, crashes: 3 }
/** Milliseconds for which a message that could not be delivered is worth a look. */
const worthALook = 3_600_000

/** An agent that crashes again and again, or was given up. */
const watchCrashes = (host: Host, attention: Attention): (() => void)[] => {
  const crashes = new Map<string, { readonly times: number[]; readonly cancel: CancelTimer }>()
  const seen = ({ id, directive, reason }: EventOf<'agent.supervised'>) => {
    const now = host.clock.now()
    const known = crashes.get(id)
    known?.cancel()
    const times = [...(known?.times ?? []), now].filter((time) => time > now - loop.within)
    crashes.delete(id)
    const givenUp = directive === 'stop' || directive === 'escalate'
    const forget = () => {
      crashes.delete(id)
      attention.settle('crash-loop', id)
    }
    if (!givenUp) crashes.set(id, { times, cancel: host.clock.after(loop.within, forget, { holds: false }) })
    else attention.settle('crash-loop', id)
    if (times.length < loop.crashes && !givenUp) return
    const title = givenUp ? `Agent ${id} was given up` : `Agent ${id} crashes again and again`
    attention.raise({
      ...{ kind: 'crash-loop', subject: id, title, detail: reason, priority: 'critical' },
      ...(givenUp ? { within: worthALook } : {}),
    })
  }
  const stop = host.listen('agent.*.supervised', ({ event }) => {
    if (event.type !== 'agent.supervised' || event.directive === 'resume') return
    // Who only shares a sibling's fate, or was restarted by a person, has not crashed.
    if (event.because === undefined && event.reason !== 'it was asked for') seen(event)
  })
  // Who has ended crashes no more; who was given up is not among these.
  const stopEnds = host.listen('agent.*.status', ({ event }) => {
    if (event.type !== 'agent.status' || event.state !== 'stopped') return
    const known = crashes.get(event.id)
    if (!known) return
    known.cancel()
    crashes.delete(event.id)
    attention.settle('crash-loop', event.id)
  })
  return [stop, stopEnds, () => crashes.forEach(({ cancel }) => void cancel())]
}

/** How an answer becomes a decision on a task that waits for one. */
export const decisionOn =
  (host: Pick<Host, 'task'>, id: string) =>
  (answer: string | undefined, by: string): void =>
    host.task(id)?.decide(answer === 'approve' ? 'approve' : 'reject', by)

/** A task that waits for a person's decision. */
const watchApprovals = (host: Host, attention: Attention): (() => void)[] => {
  const seen = ({ id, change, question = '', by, decision }: EventOf<'task.approval'>) => {
    if (change === 'decided') return attention.settle('approval', id, '', by, decision)
    const decide = decisionOn(host, id)
    const choices = ['approve', 'reject']
    attention.raise({ kind: 'approval', subject: id, title: question, choices, priority: 'high', decide })
  }
  return [
    host.listen('task.*.approval', ({ event }) => {
      if (event.type === 'task.approval') seen(event)
    }),
    host.listen('task.*.status', ({ event }) => {
      if (event.type === 'task.status' && isFinal(event.state)) attention.settle('approval', event.id)
    }),
  ]
}

/** Messages that reached nobody. */
const watchDeadLetters = (host: Host, attention: Attention): (() => void)[] => {
  const seen = ({ to, reason, from }: EventOf<'system.dead-letter'>, tenant: string | undefined) => {
    // Whoever sent it is told, not whoever has the id that it was sent to.
    const matter = tenant === undefined ? reason : `${reason}\n${tenant}`
    const common = { subject: to.slice(0, 128), matter, within: worthALook, reach: { tenant } }
    if (reason === 'hops') {
      const [title, detail] = [`Messages to ${to} go round without end`, `The last came from ${from}.`]
      attention.raise({ ...common, kind: 'cycle', title, detail, priority: 'high' })
    } else {
      const title = `Messages to ${to} are not delivered: ${reason}`
      attention.raise({ ...common, kind: 'dead-letter', title, priority: 'low' })
    }
  }
  const stop = host.listen('system.dead-letter', ({ event, tenant }) => {
    if (event.type === 'system.dead-letter') seen(event, tenant)
  })
  return [stop]
}

/** Puts on the list what the events of the system tell. Returns how to end it. */
export const watchForAttention = (host: Watched, attention: Attention, stalls: Stalls): (() => void) => {
  const stops = [
    ...watchStalls(host, attention, stalls),
    ...watchCrashes(host, attention),
    ...watchApprovals(host, attention),
    ...watchDeadLetters(host, attention),
  ]
  return () => {
    for (const stop of stops) stop()
    attention.close()
  }
}
