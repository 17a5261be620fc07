/** The AsyncAPI document of the native protocol, put together from the sources. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { settled } from '../../bridge/options.js'
import { subprotocols } from '../../src/protocol/subprotocol.js'
import { type Catalogue, catalogue } from './catalogue.js'
import { correlationIds, frames, type Message, messages } from './messages.js'
import type { Schema } from './schema.js'
import { connecting, framing, opening, token } from './sentences.js'

/** Where the document is, seen from the repository's root. */
export const page = 'asyncapi.json'

/** The manifest is our own; what is read of it is named here. */
const { license } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { license: string }

/** What the subprotocols have in common is the protocol and its version: `troupe.v1`. */
const [protocol = ''] = subprotocols.json.split('+')
const version = protocol.slice(protocol.lastIndexOf('v') + 1)

const channel = { $ref: '#/channels/troupe' }
const inChannel = (key: string) => ({ $ref: `#/channels/troupe/messages/${key}` })

const servers = () => {
  const { host, port } = settled({ auth: false })
  return {
    bridge: {
      host: `${host}:${port}`,
      protocol: 'ws',
      protocolVersion: '13',
      description: connecting,
      security: [{ $ref: '#/components/securitySchemes/header' }, { $ref: '#/components/securitySchemes/query' }],
      'x-subprotocols': Object.fromEntries(
        Object.entries(subprotocols).map(([codec, name]) => [name, { contentType: `application/${codec}` }]),
      ),
    },
  }
}

const channels = (keys: Iterable<string>) => ({
  troupe: {
    address: '/',
    description: framing,
    servers: [{ $ref: '#/servers/bridge' }],
    messages: Object.fromEntries([...keys].map((key) => [key, { $ref: `#/components/messages/${key}` }])),
    bindings: {
      ws: {
        method: 'GET',
        query: { type: 'object', properties: { token: { type: 'string' } } },
        headers: {
          type: 'object',
          properties: {
            'Sec-WebSocket-Protocol': { type: 'string', enum: Object.values(subprotocols) },
            Authorization: { type: 'string', pattern: '^Bearer ' },
          },
        },
        bindingVersion: '0.1.0',
      },
    },
  },
})

/** What may answer a request: of those about the connection none takes a while. */
const answersTo = (key: string, { answers }: Catalogue): string[] => {
  const answer = answers.get(key)
  if (!answer) return []
  return key.startsWith('command.') ? [answer, 'answer.accepted', 'answer.error'] : [answer, 'answer.error']
}

const info = {
  title: opening.title,
  version,
  description: `${opening.paragraph}\n\nPROTOCOL.md, beside this document, says what schemas cannot.`,
  license: { name: license },
}

/** One for each word that begins a conversation; what only answers stands with what it answers. */
const operations = (from: Catalogue, all: ReadonlyMap<string, Message>) => {
  const answering = new Set(from.answers.values())
  const made: Record<string, object> = {}
  for (const [key, { kind }] of from.entries) {
    if (answering.has(key)) continue
    const replies = answersTo(key, from)
    made[key] = {
      action: kind === 'command' || kind === 'client' ? 'receive' : 'send',
      channel,
      tags: all.get(key)?.tags ?? [],
      messages: [inChannel(key)],
      ...(replies.length > 0 ? { reply: { channel, messages: replies.map(inChannel) } } : {}),
    }
  }
  return made
}

const schemasOf = (components: ReadonlyMap<string, Schema>): Record<string, Schema> => {
  const { Frame = {}, ...words } = Object.fromEntries(components)
  const all = { ...words, ...frames(Frame) }
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The document, as it stands in its file. */
export const written = async (): Promise<string> => {
  const from = await catalogue()
  const all = messages(from)
  const document = {
    asyncapi: '3.0.0',
    info,
    defaultContentType: `application/${Object.keys(subprotocols)[0]}`,
    servers: servers(),
    channels: channels(all.keys()),
    operations: operations(from, all),
    components: {
      schemas: schemasOf(from.components),
      messages: Object.fromEntries(all),
      correlationIds,
      securitySchemes: {
        header: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: token },
        query: { type: 'httpApiKey', name: 'token', in: 'query', description: token },
      },
    },
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
