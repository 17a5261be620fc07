/** Sessions as they are remembered beside the events, so that a client may go on with its own after the process has ended. */
import type { Records } from '../src/journal/journal.js'
import type { Cursor } from '../src/protocol/envelope.js'
import type { EventFilter } from '../src/protocol/filter.js'
import { Owed, type OwedData } from './delivery/owed.js'

/** Which edition of the records this code writes and reads. */
const edition = 1
const prefix = 'session/'

/** What of a session outlives the process. What its dialect remembers is in the words of one process, and ends with it. */
export interface KeptSession {
  readonly id: string
  readonly sub: string
  readonly tenant: string | undefined
  readonly caller: { readonly name?: string | undefined; readonly dialect: string }
  readonly since: number
  readonly patterns: Map<string, readonly EventFilter[] | undefined>
  readonly begun: Map<string, number>
  readonly joined: Set<string>
  /** Characters of the patterns and their filters. */
  readonly weight: number
  /** What its client has not acknowledged. */
  readonly owed: Owed | undefined
  position: Cursor | undefined
  /** Whether its client was there when it was written down. */
  readonly there: boolean
}

/** Characters of a pattern and its filters. */
export const weightOf = (pattern: string, filters: readonly EventFilter[] | undefined): number =>
  pattern.length + (filters ? JSON.stringify(filters).length : 0)

type SessionRecord = Pick<KeptSession, 'sub' | 'caller' | 'since'> & {
  readonly tenant?: string
  readonly edition: number
  readonly patterns: readonly (readonly [pattern: string, filters: readonly EventFilter[] | null])[]
  /** Absent where it was written before there was such a thing. */
  readonly begun?: readonly (readonly [pattern: string, offset: number])[]
  readonly joined: readonly string[]
  readonly position: Cursor | null
  /** Absent where it was written before there was such a thing. */
  readonly there?: boolean
  readonly owed: OwedData | null
}

export const keepSession = (
  records: Records,
  session: Omit<KeptSession, 'weight' | 'there'> & { readonly state: string },
): void => {
  const { id, sub, tenant, caller, since, patterns, begun, joined, position, owed, state } = session
  const record: SessionRecord = {
    ...{ edition, sub, since, caller: { dialect: caller.dialect, ...(caller.name === undefined ? {} : { name: caller.name }) } },
    patterns: [...patterns].map(([pattern, filters]) => [pattern, filters ?? null]),
    begun: [...begun],
    joined: [...joined],
    position: position ?? null,
    ...(tenant === undefined ? {} : { tenant }),
    owed: owed?.data ?? null,
    there: state === 'connected',
  }
  records.put(prefix + id, record)
}

export const dropSession = (records: Records, id: string): void => records.delete(prefix + id)

/** All that are remembered, each as it is while its client is away. One of another edition is forgotten: its client begins anew. */
export const keptSessions = (records: Records): KeptSession[] =>
  [...records.list(prefix)].flatMap(([key, value]) => {
    // Written by `keepSession`, of this edition or another.
    const {
      edition: found,
      sub,
      tenant,
      caller,
      since,
      patterns,
      begun,
      joined,
      position,
      owed,
      there = false,
    } = value as SessionRecord
    if (found !== edition) {
      records.delete(key)
      return []
    }
    return {
      ...{ id: key.slice(prefix.length), sub, tenant, caller, since },
      patterns: new Map(patterns.map(([pattern, filters]) => [pattern, filters ?? undefined])),
      begun: new Map(begun),
      joined: new Set(joined),
      position: position ?? undefined,
      there,
      owed: owed ? new Owed(owed) : undefined,
      weight: patterns.reduce((sum, [pattern, filters]) => sum + weightOf(pattern, filters ?? undefined), 0),
    }
  })
