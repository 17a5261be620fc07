/** Every word of the protocol with the schema of its payload, found in the tables of the sources. */
import type { z } from 'zod'
import { commands } from '../../src/protocol/command.js'
import { events } from '../../src/protocol/event.js'
import { sessionAnswers, sessionCommands, sessionEvents } from '../../src/protocol/session.js'
import { reference, type Schema } from './schema.js'
import { replies, type Source, tableOf } from './sources.js'
import { schemaOf } from './type-schema.js'
import { converted, type Word } from './words.js'

/** Who says it. A command and an event may have one name, so each stands under its kind: `command.task.approval`. */
export type Kind = 'command' | 'event' | 'client' | 'server' | 'reply'

export interface Entry {
  readonly kind: Kind
  /** Without the prefix that words about the connection have in the sources. For a reply, what it answers. */
  readonly word: string
  readonly payload: Schema
  /** What the source says of it. */
  readonly sentence: string
}

export interface Catalogue {
  /** By key: kind and word. */
  readonly entries: ReadonlyMap<string, Entry>
  readonly components: Map<string, Schema>
  /** The key of what answers a word of a client, by that word's key. */
  readonly answers: ReadonlyMap<string, string>
}

type Table = Readonly<Record<string, z.ZodObject>>

const onWire = (type: string): string => type.replace('session.', '')

/** The type stands in the frame, beside the payload. */
const payloadOf = (schema: z.ZodObject): z.ZodObject => ('type' in schema.shape ? schema.omit({ type: true }) : schema)

export const catalogue = async (): Promise<Catalogue> => {
  const words = new Map<string, Word & { readonly kind: Kind; readonly word: string }>()
  const add = (kind: Kind, table: Table, sources: ReadonlyMap<string, Source>): void => {
    for (const [type, schema] of Object.entries(table)) {
      const source = sources.get(type)
      if (source) words.set(`${kind}.${onWire(type)}`, { ...source, schema: payloadOf(schema), kind, word: onWire(type) })
    }
  }
  add('command', commands, tableOf('command.ts', 'commands'))
  add('event', events, tableOf('event.ts', 'events'))
  add('client', sessionCommands, tableOf('session.ts', 'sessionCommands'))
  add('server', sessionEvents, tableOf('session.ts', 'sessionEvents'))

  const answers = new Map<string, string>()
  const told: Table = sessionEvents
  const carried: Record<string, z.ZodObject> = {}
  for (const [type, schema] of Object.entries(sessionAnswers)) {
    const word = Object.keys(told).find((name) => told[name] === schema)
    answers.set(`client.${onWire(type)}`, word ? `server.${onWire(word)}` : `reply.${onWire(type)}`)
    if (!word) carried[type] = schema
  }
  add('reply', carried, tableOf('session.ts', 'sessionAnswers'))

  const { shared: components, own } = await converted(words)
  const entries = new Map<string, Entry>()
  for (const [key, { kind, word, sentence }] of words) entries.set(key, { kind, word, sentence, payload: own.get(key) ?? {} })
  for (const [type, source] of replies()) {
    answers.set(`command.${type}`, `reply.${type}`)
    entries.set(`reply.${type}`, { kind: 'reply', word: type, sentence: '', payload: schemaOf(source.type, components) })
  }
  return { entries: failing(entries), components, answers }
}

/** On the wire the failure is itself the payload of the word that tells of one. */
const failing = (entries: Map<string, Entry>): Map<string, Entry> => {
  for (const [key, entry] of entries) {
    const [only, ...others] = Object.values(entry.payload.properties ?? {})
    if (entry.kind === 'server' && only && others.length === 0 && only['$ref'] === reference('Failure')['$ref'])
      entries.set(key, { ...entry, payload: only })
  }
  return entries
}
