/** Each word as a message: a whole frame, with what its payload carries. */
import { topicOf } from '../../src/protocol/topic-of.js'
import type { Catalogue, Entry, Kind } from './catalogue.js'
import { describe, reference, type Schema } from './schema.js'
import { examples, permissionFor, sentences } from './sentences.js'
import { accepted, applied, rejected, said, told, type Written } from './wire.js'

export interface Message {
  readonly name: string
  readonly description?: string
  readonly correlationId: { readonly $ref: string }
  readonly tags: readonly { readonly name: string }[]
  readonly payload: Schema
  readonly examples?: readonly { readonly payload: unknown }[]
  readonly [extension: `x-${string}`]: string
}

/** What a request is known by, and what an answer or an event refers to it with. */
export const correlationIds = {
  request: { location: '$message.payload#/id' },
  cause: { location: '$message.payload#/correlationId' },
} as const

const correlated = (by: keyof typeof correlationIds) => ({ $ref: `#/components/correlationIds/${by}` })

/** The frame of a word: the base that its side writes, its type and its payload. */
const frameOf = (base: string, type: string, payload: Schema): Schema => ({
  type: 'object',
  allOf: [reference(base)],
  properties: { type: { const: type }, payload },
  // A client may leave out a payload that nothing has to stand in; the server leaves out none, as its bases say.
  ...(base === 'Frame' && payload.required ? { required: ['payload'] } : {}),
})

/** What may be anything may be nothing, which is not written. */
const saidAloud = (payload: Schema): Schema => {
  const { required: all, ...rest } = payload
  const required = all?.filter((name) => JSON.stringify(payload.properties?.[name]) !== '{}') ?? []
  return required.length > 0 ? { ...rest, required } : rest
}

const topicFor = (type: string): string | undefined =>
  // Of an event the type and the id are read; a message stands wherever it was published.
  type.includes('.') ? topicOf({ type, id: '{id}' } as Parameters<typeof topicOf>[0]) : undefined

interface Facts {
  readonly type: string
  readonly base: string
  readonly by: keyof typeof correlationIds
  readonly sentence: string | undefined
  readonly extensions?: Readonly<Record<`x-${string}`, string>>
}

const factsOf = (key: string, { kind, word, sentence }: Entry, { answers }: Catalogue): Facts => {
  switch (kind) {
    case 'command': {
      const permission = permissionFor(word)
      const extensions = permission ? { 'x-permission': permission } : {}
      return { type: word, base: 'Frame', by: 'request', sentence: sentences.command.get(word), extensions }
    }
    case 'client':
      return { type: word, base: 'Frame', by: 'request', sentence: sentences.client.get(word) }
    case 'event': {
      const topic = topicFor(word)
      const extensions = topic ? { 'x-topic': topic } : {}
      return { type: word, base: 'EventFrame', by: 'cause', sentence: sentences.event.get(word), extensions }
    }
    case 'server': {
      const base = [...answers.values()].includes(key) ? 'AnswerFrame' : 'ServerFrame'
      return { type: word, base, by: 'cause', sentence: sentences.server.get(word) }
    }
    case 'reply': {
      const { type } = applied(answers.has(`client.${word}`) ? `session.${word}` : word)
      return { type, base: 'AnswerFrame', by: 'cause', sentence: sentence || sentences.answer.get(type) }
    }
  }
}

/** Words are grouped by what they are about: `task`; those about the connection by that. */
const tagOf = ({ kind, word }: { readonly kind: Kind; readonly word: string }): string =>
  word.includes('.') ? word.slice(0, word.indexOf('.')) : kind === 'event' ? 'channel' : 'connection'

/** The frames of clients that the page shows. */
const shown = (type: string) => {
  const payloads = examples.filter((example) => example.type === type).map((payload) => ({ payload }))
  return payloads.length > 0 ? { examples: payloads } : {}
}

/** The answers that any request may have. */
const common: readonly (readonly [string, Written, Schema])[] = [
  ['answer.accepted', accepted, { type: 'object' }],
  ['answer.error', rejected, reference('Failure')],
]

export const messages = (from: Catalogue): Map<string, Message> => {
  const all = new Map<string, Message>()
  for (const [key, entry] of from.entries) {
    const { type, base, by, sentence, extensions } = factsOf(key, entry, from)
    const description = sentence || entry.sentence
    all.set(key, {
      name: type,
      ...(description ? { description } : {}),
      correlationId: correlated(by),
      tags: [{ name: tagOf(entry) }],
      payload: frameOf(base, type, by === 'request' ? entry.payload : saidAloud(entry.payload)),
      ...(by === 'request' ? shown(type) : {}),
      ...extensions,
    })
  }
  for (const [key, { type }, payload] of common)
    all.set(key, {
      name: type,
      description: sentences.answer.get(type) ?? '',
      correlationId: correlated('cause'),
      tags: [{ name: 'connection' }],
      payload: frameOf('AnswerFrame', type, payload),
    })
  return all
}

/** The frames that messages are made of: what either side may write, and what the server always writes. */
export const frames = (frame: Schema): Record<string, Schema> => {
  const fields = Object.entries(frame.properties ?? {}).map(([name, field]) => [name, describe(field, sentences.field.get(name))])
  const always = ({ fields: required }: Written): Schema => ({ allOf: [reference('Frame')], required: [...required] })
  return {
    Frame: { ...frame, properties: Object.fromEntries(fields) },
    EventFrame: always(said('')),
    ServerFrame: always(told('', false)),
    AnswerFrame: always(accepted),
  }
}
