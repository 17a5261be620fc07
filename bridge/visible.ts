/** A view, less what somebody may not read. */
import { type View, type ViewData, viewToData } from '../src/protocol/view.js'
import type { Rights } from './principal.js'

export const visible = (view: View, rights: Rights): ViewData => {
  const data = viewToData(view)
  const only = <T extends { readonly id: string }>(domain: string, list: readonly T[]) =>
    list.filter(({ id }) => rights.mayRead(`${domain}.${id}.status`))
  return {
    ...data,
    agents: only('agent', data.agents),
    tasks: only('task', data.tasks),
    swarms: only('swarm', data.swarms),
    ballots: only('ballot', data.ballots),
  }
}
