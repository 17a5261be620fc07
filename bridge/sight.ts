/** The live view, as far as one client may read it. */
import { isFinal, type View } from '../src/protocol/view.js'
import type { Sight } from './dialect.js'
import type { Rights } from './principal.js'

interface Owned {
  readonly id: string
  readonly tenant?: string | undefined
}

/** `rights`: what the client may now; undefined while it is not welcome. */
export const sightOf = (view: View, rights: () => Rights | undefined): Sight => {
  const may = (topic: string, { tenant }: Owned) => rights()?.mayRead(topic, tenant) ?? false
  const one = <T extends Owned>(domain: string, entry: T | undefined): T | undefined =>
    entry && may(`${domain}.${entry.id}.status`, entry) ? entry : undefined
  const all = <T extends Owned>(domain: string, entries: ReadonlyMap<string, T>): readonly T[] =>
    rights() ? [...entries.values()].filter((entry) => may(`${domain}.${entry.id}.status`, entry)) : []
  const sight: Sight = {
    mayRead: (topic) => rights()?.covers(topic) ?? false,
    mayHear: (pattern) => rights()?.mayHear(pattern) ?? false,
    agents: () => all('agent', view.agents),
    tasks: () => all('task', view.tasks),
    swarms: () => all('swarm', view.swarms),
    clients: () => [...view.clients.values()].filter((each) => may(`client.${each.client}.status`, each)),
    attention: () =>
      [...view.attention.values()].filter((item) =>
        may(`${item.kind === 'approval' ? 'task' : 'agent'}.${item.subject}.status`, item),
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
