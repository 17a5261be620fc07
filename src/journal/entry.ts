/** Envelopes and records as bytes, as a store keeps them. */
import { type Options, Unpackr } from 'msgpackr'
import { msgpackCodec } from '../codec/msgpack.js'
import { writable } from '../codec/writable.js'
import { TroupeError } from '../errors.js'
import type { Envelope } from '../protocol/envelope.js'
import type { Event } from '../protocol/event.js'

// msgpackr knows 'auto' (a number where it is exact, else a bigint), but its types do not.
const reading = { useRecords: false, structuredClone: false, mapsAsObjects: true, int64AsType: 'auto' } as unknown as Options
const unpackr = new Unpackr(reading)

/** What no codec could write is written in words that say so, as clients are told it. */
export const encodeValue = (value: unknown): Uint8Array => {
  try {
    return msgpackCodec.encode(value as object) as Uint8Array
  } catch {
    return msgpackCodec.encode(writable(value) as object) as Uint8Array
  }
}

export const decodeValue = (bytes: Uint8Array): unknown => unpackr.unpack(bytes)

/** A row, since names would take more room than most events. */
export const encodeEntry = (envelope: Envelope): Uint8Array => {
  const { id, topic, seq, epoch, offset, timestamp, source, priority, ttl, cause, event, signature, tenant } = envelope
  const row = [id, topic, seq, epoch, offset, timestamp, source, priority, event, ttl ?? null, cause ?? null]
  // What few events have stands behind, each in a place of its own.
  if (tenant !== undefined) return encodeValue([...row, signature ?? null, tenant])
  return encodeValue(signature === undefined ? row : [...row, signature])
}

export const decodeEntry = (bytes: Uint8Array): Envelope => {
  const row = decodeValue(bytes)
  if (!Array.isArray(row) || row.length < 11) throw new TroupeError('JOURNAL_DAMAGED', 'An entry of the journal is no entry.')
  // It was written by `encodeEntry` and has passed its checksum.
  const [id, topic, seq, epoch, offset, timestamp, source, priority, event, ttl, cause, signature, tenant] = row as [
    ...[string, string, number, string, number, number, string, Envelope['priority'], Event],
    ...[number | null, Envelope['cause'] | null, (string | null)?, string?],
  ]
  return {
    ...{ id, topic, seq, epoch, offset, timestamp, source, priority, event },
    ...(ttl === null ? {} : { ttl }),
    ...(cause ? { cause } : {}),
    ...(signature ? { signature } : {}),
    ...(tenant === undefined ? {} : { tenant }),
  }
}
