/** A view, less what somebody may not read and what no codec can write. */
import { writable } from '../src/codec/writable.js'
import { type View, type ViewData, viewToData } from '../src/protocol/view.js'
import { viewWithin } from '../src/system/reach.js'
import type { Rights } from './principal.js'

/** `ids`: only what has one of these. */
export const visible = (view: View, rights: Rights, ids?: readonly string[]): ViewData => {
  const data = viewToData(viewWithin(view, rights.reach))
  const asked = (id: string) => ids === undefined || ids.includes(id)
  const only = <T extends { readonly id: string }>(domain: string, list: readonly T[]) =>
    // One entry that cannot be written must not deny the view to everybody.
    list.flatMap((entry) => (asked(entry.id) && rights.covers(`${domain}.${entry.id}.status`) ? [writable(entry) as T] : []))
  return {
    ...data,
    agents: only('agent', data.agents),
    tasks: only('task', data.tasks),
    // What a task prints is told on a topic of its own, and so is what is logged of a swarm.
    swarms: only('swarm', data.swarms).map((swarm) => ({
      ...swarm,
      log: rights.covers(`swarm.${swarm.id}.log`) ? swarm.log : [],
      printed: swarm.printed.filter(({ task }) => rights.covers(`task.${task}.output`)),
      lines: swarm.lines.filter(({ task }) => rights.covers(`task.${task}.output`)),
    })),
    ballots: only('ballot', data.ballots),
    attention: data.attention.filter(
      ({ id, kind, subject }) => asked(id) && rights.covers(`${kind === 'approval' ? 'task' : 'agent'}.${subject}.status`),
    ),
    clients: data.clients.filter(({ id, client }) => asked(id) && rights.covers(`client.${client}.status`)),
    // What happened in the system at large is told to who may hear `system.#`.
    ...(rights.may('system_monitor') ? {} : { deadLetters: 0, errors: 0 }),
  }
}
