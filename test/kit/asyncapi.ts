/** The AsyncAPI document as tests read it: which message a frame is, and whether the frame is as the message says. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

interface Pointer {
  readonly $ref: string
}

interface Operation {
  readonly action: 'send' | 'receive'
  readonly messages: readonly Pointer[]
  readonly reply?: { readonly messages: readonly Pointer[] }
}

export interface Paper {
  readonly operations: Readonly<Record<string, Operation>>
  readonly components: {
    readonly messages: Readonly<
      Record<string, { readonly payload: { readonly properties: { readonly type: { const: string } } } }>
    >
    readonly schemas: Readonly<Record<string, { readonly enum?: readonly string[] }>>
  }
}

/** A frame as somebody said it. */
export interface Spoken {
  readonly id: string
  readonly type: string
  readonly channel?: string
  readonly correlationId?: string
}

export const text = readFileSync(new URL('../../asyncapi.json', import.meta.url), 'utf8')
// The document is our own, and the parser is asked of it too; what is read of it is named above.
export const paper = JSON.parse(text) as Paper

const { messages } = paper.components
const nameOf = ({ $ref }: Pointer): string => $ref.slice($ref.lastIndexOf('/') + 1)
const typeOf = (name: string): string | undefined => messages[name]?.payload.properties.type.const
const among = (pointers: readonly Pointer[], type: string): string | undefined =>
  pointers.map(nameOf).find((name) => typeOf(name) === type)

const operationFor = (action: Operation['action'], type: string): Operation | undefined =>
  Object.values(paper.operations).find((operation) => operation.action === action && among(operation.messages, type))

/** The message that a frame of a client is. */
export const heard = ({ type }: Spoken): string | undefined => among(operationFor('receive', type)?.messages ?? [], type)

/** The message that a frame of the server is, where `asked` are the frames that it had been sent. */
export const said = ({ type, channel, correlationId }: Spoken, asked: readonly Spoken[]): string | undefined => {
  const request = channel === undefined ? asked.find(({ id }) => id === correlationId) : undefined
  const pointers = request ? operationFor('receive', request.type)?.reply?.messages : operationFor('send', type)?.messages
  return among(pointers ?? [], type)
}

/** What is used of the validator that the parser itself brings. */
interface Validator {
  addSchema(schema: object, key: string): void
  getSchema(key: string): ((value: unknown) => boolean) & { readonly errors?: unknown }
}

// Taken from the parser's own place, since nothing else here needs it.
const parser = createRequire(import.meta.url).resolve('@asyncapi/parser')
const { default: Ajv } = createRequire(parser)('ajv') as { default: new (options: object) => Validator }

const validatorOf = (document: object): Validator => {
  const validator = new Ajv({ strict: false, allErrors: true })
  validator.addSchema(document, 'paper')
  return validator
}

const open = validatorOf(paper)
/** The same, but an object has no fields beside those that are told: so that none goes untold. */
const closed = validatorOf(
  JSON.parse(text, (_, value) =>
    value?.type === 'object' && value.properties && !value.allOf && value.additionalProperties === undefined
      ? { ...value, additionalProperties: false }
      : value,
  ),
)

const faults = (validator: Validator, name: string, frame: unknown): unknown => {
  const check = validator.getSchema(`paper#/components/messages/${name}/payload`)
  return check(frame) ? [] : check.errors
}

/** What is wrong with a frame as that message; nothing: an empty list. */
export const faultsOf = (name: string, frame: unknown): unknown => faults(open, name, frame)
/** Likewise, and fields that the document does not tell of are wrong too. */
export const strangeIn = (name: string, frame: unknown): unknown => faults(closed, name, frame)
