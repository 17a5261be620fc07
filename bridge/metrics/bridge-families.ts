/** The figures of the door: connections, messages, commands, deliveries, and what waits for clients. */
import type { Family, Sources } from './family.js'

/** Milliseconds in seconds. */
const seconds = 0.001

/** How many connections there are of each protocol and state. */
const connections = function* ({ lookout }: Sources): Iterable<readonly [number, string, string]> {
  const counts = new Map<string, { unwelcome: number; open: number }>()
  for (const { dialect, client } of lookout.connections) {
    const known = counts.get(dialect) ?? { unwelcome: 0, open: 0 }
    counts.set(dialect, known)
    known[client() === undefined ? 'unwelcome' : 'open']++
  }
  for (const [dialect, { unwelcome, open }] of counts) {
    yield [unwelcome, dialect, 'unwelcome']
    yield [open, dialect, 'open']
  }
}

/** What waits for clients, of which `most` waits for one. */
const outboxes = ({ lookout }: Sources, what: 'size' | 'bytes') => {
  let [sum, most] = [0, 0]
  for (const { outbox } of lookout.connections) {
    sum += outbox?.[what] ?? 0
    most = Math.max(most, outbox?.[what] ?? 0)
  }
  return { sum, most }
}

const namedCounts = function* (counts: ReadonlyMap<string, number>): Iterable<readonly [number, string]> {
  for (const [name, count] of counts) yield [count, name]
}

export const bridgeFamilies: readonly Family[] = [
  {
    name: 'troupe_connections',
    type: 'gauge',
    labels: ['dialect', 'state'],
    help: 'Open connections by protocol, and whether the client is welcome (open) or has not said hello yet (unwelcome).',
    read: connections,
  },
  {
    name: 'troupe_connections_opened_total',
    type: 'counter',
    help: 'Connections that were taken in.',
    read: ({ lookout }) => [[lookout.tally.opened]],
  },
  {
    name: 'troupe_connections_closed_total',
    type: 'counter',
    labels: ['reason'],
    help: 'Connections that have ended, by why; close codes that peers invent beyond 200 count as other.',
    read: ({ lookout }) => namedCounts(lookout.tally.ended),
  },
  {
    name: 'troupe_connections_refused_total',
    type: 'counter',
    labels: ['code'],
    help: 'Connections, and requests for pages, that were turned away at the door, by the code of why.',
    read: ({ lookout }) => namedCounts(lookout.tally.refused),
  },
  {
    name: 'troupe_logins_rejected_total',
    type: 'counter',
    labels: ['code'],
    help: 'Tokens that were not accepted, by the code of the error.',
    read: ({ lookout }) => namedCounts(lookout.tally.rejected),
  },
  {
    name: 'troupe_received_message_bytes',
    type: 'histogram',
    labels: ['dialect'],
    help: 'Sizes of the messages of clients by protocol; its count is how many there were, its sum how many bytes.',
    *read({ lookout }) {
      for (const [dialect, { received }] of lookout.tally.sizes) yield [received, dialect]
    },
  },
  {
    name: 'troupe_sent_frame_bytes',
    type: 'histogram',
    labels: ['dialect'],
    help: 'Sizes of the frames that were written to clients by protocol, with their heads.',
    *read({ lookout }) {
      for (const [dialect, { sent }] of lookout.tally.sizes) yield [sent, dialect]
    },
  },
  {
    name: 'troupe_command_duration_seconds',
    type: 'histogram',
    labels: ['type'],
    scale: seconds,
    help: 'From a command to what ended it, by its type; those that wait for work take as long as the work.',
    *read({ lookout }) {
      for (const [type, buckets] of lookout.tally.commands) yield [buckets, type]
    },
  },
  {
    name: 'troupe_late_answers_total',
    type: 'counter',
    help: 'Answers that came when the connection was gone, or the time to live of the request was over.',
    read: ({ lookout }) => [[lookout.tally.late]],
  },
  {
    name: 'troupe_errors_total',
    type: 'counter',
    labels: ['code'],
    help: 'Errors that clients were told, by code.',
    read: ({ lookout }) => namedCounts(lookout.tally.errors),
  },
  {
    name: 'troupe_deliveries_total',
    type: 'counter',
    help: 'Events that were written to clients.',
    read: ({ lookout }) => [[lookout.tally.delivered]],
  },
  {
    name: 'troupe_delivery_duration_seconds',
    type: 'histogram',
    scale: seconds,
    help: 'From an event to its being written to a client; what is sent again after a resume does not count.',
    read: ({ lookout }) => [[lookout.tally.deliveries]],
  },
  {
    name: 'troupe_drops_total',
    type: 'counter',
    labels: ['reason'],
    help: 'Events that were not sent, since the client reads too slowly (overflow), their time was up (expired) or nobody acknowledged them (undelivered).',
    read: ({ lookout }) => namedCounts(new Map(Object.entries(lookout.tally.dropped))),
  },
  {
    name: 'troupe_outbox_events',
    type: 'gauge',
    help: 'Events that wait for all clients together.',
    read: (sources) => [[outboxes(sources, 'size').sum]],
  },
  {
    name: 'troupe_outbox_events_max',
    type: 'gauge',
    help: 'Events that wait for the client for whom most wait.',
    read: (sources) => [[outboxes(sources, 'size').most]],
  },
  {
    name: 'troupe_outbox_bytes',
    type: 'gauge',
    help: 'Bytes that wait for all clients together.',
    read: (sources) => [[outboxes(sources, 'bytes').sum]],
  },
  {
    name: 'troupe_outbox_bytes_max',
    type: 'gauge',
    help: 'Bytes that wait for the client for whom most wait.',
    read: (sources) => [[outboxes(sources, 'bytes').most]],
  },
]
