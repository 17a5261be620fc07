/** The figures of the system: what lives in it and in which state, what waits, and where its journal stands. */
import { agentState, clientState, swarmState, taskState } from '../../src/protocol/states.js'
import type { System } from '../../src/system/system.js'
import type { Family } from './family.js'

/** How many are in each state, those with none included. */
const byState = (states: readonly string[], all: Iterable<{ readonly state: string }>): (readonly [number, string])[] => {
  const counts = new Map(states.map((state) => [state, 0]))
  for (const { state } of all) counts.set(state, (counts.get(state) ?? 0) + 1)
  return [...counts].map(([state, count]) => [count, state])
}

/** The offset up to which everything is kept as it was asked for: the head where a journal does not tell them apart. */
const durableOf = ({ journal }: System): number => {
  const { durable } = journal as { readonly durable?: unknown }
  return typeof durable === 'number' ? durable : journal.head
}

/** The milliseconds that a UUIDv7 begins with. */
const timeOf = (id: string): number | undefined =>
  /^[\da-f]{8}-[\da-f]{4}-7/i.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined

export const systemFamilies: readonly Family[] = [
  {
    name: 'troupe_agents',
    type: 'gauge',
    labels: ['state'],
    help: 'Agents by state; of those that have ended, as many as the view remembers.',
    read: ({ system }) => byState(agentState.options, system.state.agents.values()),
  },
  {
    name: 'troupe_tasks',
    type: 'gauge',
    labels: ['state'],
    help: 'Tasks by state; of those that have ended, as many as the view remembers.',
    read: ({ system }) => byState(taskState.options, system.state.tasks.values()),
  },
  {
    name: 'troupe_swarms',
    type: 'gauge',
    labels: ['state'],
    help: 'Swarms by state; of those that have ended, as many as the view remembers.',
    read: ({ system }) => byState(swarmState.options, system.state.swarms.values()),
  },
  {
    name: 'troupe_sessions',
    type: 'gauge',
    labels: ['state'],
    help: 'Sessions of clients: connected, away and kept for a while, or gone and still in the view.',
    read: ({ system }) => byState(clientState.options, system.state.clients.values()),
  },
  {
    name: 'troupe_attention_items',
    type: 'gauge',
    help: 'Items on the list of attention that are not over.',
    read: ({ system }) => [
      [[...system.state.attention.values()].filter(({ state }) => state !== 'resolved' && state !== 'expired').length],
    ],
  },
  {
    name: 'troupe_dead_letters_total',
    type: 'counter',
    help: 'Messages that could not be delivered.',
    read: ({ system }) => [[system.state.deadLetters]],
  },
  {
    name: 'troupe_background_errors_total',
    type: 'counter',
    help: 'What went wrong where no caller could be told.',
    read: ({ system }) => [[system.state.errors]],
  },
  {
    name: 'troupe_listeners',
    type: 'gauge',
    help: 'Who listens to channels, actors of the system included.',
    read: ({ system }) => [[system.listeners]],
  },
  {
    name: 'troupe_mailbox_messages',
    type: 'gauge',
    help: 'Messages that wait in the mailboxes of all agents together.',
    read: ({ system }) => [[system.depths.messages.sum]],
  },
  {
    name: 'troupe_mailbox_messages_max',
    type: 'gauge',
    help: 'Messages that wait in the fullest mailbox.',
    read: ({ system }) => [[system.depths.messages.max]],
  },
  {
    name: 'troupe_queued_tasks',
    type: 'gauge',
    help: 'Tasks that wait in the queues of all agents together.',
    read: ({ system }) => [[system.depths.tasks.sum]],
  },
  {
    name: 'troupe_queued_tasks_max',
    type: 'gauge',
    help: 'Tasks that wait in the fullest queue.',
    read: ({ system }) => [[system.depths.tasks.max]],
  },
  {
    name: 'troupe_journal_head_offset',
    type: 'gauge',
    help: 'The offset of the newest event, within the present epoch.',
    read: ({ system }) => [[system.journal.head]],
  },
  {
    name: 'troupe_journal_durable_offset',
    type: 'gauge',
    help: 'The offset up to which every event is kept as durably as was asked for; the head where that is in memory.',
    read: ({ system }) => [[durableOf(system)]],
  },
  {
    name: 'troupe_journal_lag_events',
    type: 'gauge',
    help: 'Events that are not kept as durably as was asked for yet.',
    read: ({ system }) => [[system.journal.head - durableOf(system)]],
  },
  {
    name: 'troupe_journal_epoch_start_seconds',
    type: 'gauge',
    help: 'When the present epoch of the journal began, in seconds since 1970: another value is another epoch.',
    read: ({ system }) => {
      const began = timeOf(system.journal.epoch)
      return began === undefined ? [] : [[began / 1_000]]
    },
  },
]
