/** The live view, as far as one client may read it. */
import { isFinal, type View } from '../src/protocol/view.js'
import type { Sight } from './dialect.js'
import type { Rights } from './principal.js'

/** `rights`: what the client may now; undefined while it is not welcome. */
export const sightOf = (view: View, rights: () => Rights | undefined): Sight => {
  const mayRead = (topic: string) => rights()?.mayRead(topic) ?? false
  const one = <T extends { readonly id: string }>(domain: string, entry: T | undefined): T | undefined =>
    entry && mayRead(`${domain}.${entry.id}.status`) ? entry : undefined
  const all = <T extends { readonly id: string }>(domain: string, entries: ReadonlyMap<string, T>): readonly T[] =>
    rights() ? [...entries.values()].filter((entry) => mayRead(`${domain}.${entry.id}.status`)) : []
  const sight: Sight = {
    mayRead,
    mayHear: (pattern) => rights()?.mayHear(pattern) ?? false,
    agents: () => all('agent', view.agents),
    tasks: () => all('task', view.tasks),
    swarms: () => all('swarm', view.swarms),
    clients: () => [...view.clients.values()].filter(({ client }) => mayRead(`client.${client}.status`)),
    attention: () =>
      [...view.attention.values()].filter(({ kind, subject }) =>
        mayRead(`${kind === 'approval' ? 'task' : 'agent'}.${subject}.status`),
      ),
    agent: (id) => one('agent', view.agents.get(id)),
    task: (id) => one('task', view.tasks.get(id)),
    swarm: (id) => one('swarm', view.swarms.get(id)),
    ballot: (id) => one('ballot', view.ballots.get(id)),
    agentNamed: (wanted) =>
      sight.agent(wanted) ??
      sight.agents().find(({ name, state }) => name === wanted && !isFinal(state)) ??
      sight.agents().findLast(({ name }) => name === wanted),
  }
  return sight
}
