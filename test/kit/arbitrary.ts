/** From the schema of a message to random messages that fit it, and from these to messages that do not. */
import fc from 'fast-check'
import { z } from 'zod'

/** What a field of that name is drawn from, since a schema does not say which ids there are. */
export type Pools = Readonly<Record<string, fc.Arbitrary<unknown>>>

type Schema = z.core.JSONSchema.BaseSchema
type Shape = Readonly<Record<string, unknown>>

/** Longer texts than these are only made of one letter. */
const longText = 40

/** Any data: deep enough to be odd, small enough to be quick. */
const anything = fc
  .jsonValue({ maxDepth: 2, stringUnit: 'binary' })
  .filter((value) => !/__proto__|constructor|prototype/.test(JSON.stringify(value)))

/** Keys that are allowed, and that careless code trips over. */
const oddKey = fc.constantFrom(
  'toString',
  'hasOwnProperty',
  'valueOf',
  'length',
  'own',
  'id',
  'type',
  'data',
  'then',
  'x',
  '',
  'k'.repeat(200),
)

/** Random messages that the schema accepts, as JSON carries them. */
export const messagesOf = (schema: z.ZodType, pools: Pools): fc.Arbitrary<Shape> =>
  made(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), '', pools)
    // What does not survive being written is never heard.
    .map((value) => JSON.parse(JSON.stringify(value)) as Shape)
    .filter((value) => schema.safeParse(value).success)

const made = (schema: Schema, name: string, pools: Pools): fc.Arbitrary<unknown> => {
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  // A pool is for all fields of that name, or for those of one type.
  const pool = pools[`${name}:${schema.type}`] ?? (schema.type === 'object' ? undefined : pools[name])
  if (pool) return pool
  const ways = schema.anyOf ?? schema.oneOf
  if (ways) return fc.oneof(...ways.map((way) => made(way as Schema, name, pools)))
  switch (schema.type) {
    case 'string':
      return textOf(schema)
    case 'integer':
    case 'number':
      return numberOf(schema)
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return listOf(schema, name, pools)
    case 'object':
      return objectOf(schema, name, pools)
    default:
      return anything
  }
}

const textOf = ({ minLength = 0, maxLength = longText }: Schema): fc.Arbitrary<string> => {
  const short = fc.string({ minLength, maxLength: Math.min(maxLength, longText), unit: 'binary' })
  const word = fc.constantFrom('x', 'echo hi', 'a.b', 'a b', '#', 'é', '\u0007', '"', '\\', '2024-02-15T00:00:00Z')
  return fc.oneof(
    { weight: 6, arbitrary: short },
    { weight: 3, arbitrary: word },
    { weight: 1, arbitrary: fc.constant('x'.repeat(maxLength)) },
  )
}

const numberOf = ({ type, minimum, maximum, exclusiveMinimum }: Schema): fc.Arbitrary<number> => {
  const above = typeof exclusiveMinimum === 'number' ? exclusiveMinimum : -Number.MAX_VALUE
  const least = Math.max(minimum ?? -Number.MAX_VALUE, above)
  const most = maximum ?? Number.MAX_VALUE
  const fits = (value: number) => value >= least && value <= most && value !== above
  const edges = [0, 1, 2, 3, 100, 1_000, 2 ** 31, Number.MAX_SAFE_INTEGER, 1e300, 1e-9, 0.5, least, most]
  const known = edges.filter((value) => fits(value) && (type !== 'integer' || Number.isSafeInteger(value)))
  if (type === 'integer') return fc.oneof(fc.constantFrom(...known), fc.nat(1_000).filter(fits))
  return fc.oneof(
    fc.constantFrom(...known),
    fc.double({ min: Math.max(least, -1e6), max: Math.min(most, 1e6), noNaN: true }).filter(fits),
  )
}

const listOf = (schema: Schema, name: string, pools: Pools): fc.Arbitrary<unknown> => {
  if (schema.prefixItems) return fc.tuple(...schema.prefixItems.map((item) => made(item as Schema, name, pools)))
  const { minItems = 0, maxItems = 3 } = schema
  // Something of a list is called what the list is called.
  return fc.array(made((schema.items ?? {}) as Schema, `${name}[]`, pools), {
    minLength: minItems,
    maxLength: Math.max(minItems, Math.min(maxItems, 3)),
  })
}

const objectOf = (schema: Schema, name: string, pools: Pools): fc.Arbitrary<unknown> => {
  const fields = Object.entries(schema.properties ?? {}).map(
    ([field, each]) => [field, made(each as Schema, field, pools)] as const,
  )
  const known = fc.record(Object.fromEntries(fields), { requiredKeys: [...(schema.required ?? [])] })
  const others = schema.additionalProperties
  if (others === undefined || others === false) return known
  const keys = schema.propertyNames ? fc.oneof(oddKey, textOf(schema.propertyNames as Schema)) : oddKey
  const key = keys.filter(
    (each) => !/^(__proto__|constructor|prototype)$/.test(each) && !Object.hasOwn(schema.properties ?? {}, each),
  )
  const more = fc.dictionary(key, made((others === true ? {} : others) as Schema, `${name}.`, pools), {
    maxKeys: 2,
    noNullPrototype: true,
  })
  return fc.tuple(more, known).map(([one, two]) => ({ ...one, ...(two as object) }))
}

/** What is done to a place of a message. */
type Harm = (value: unknown) => unknown

const gone = Symbol('gone')
const nested = (levels: number) => (value: unknown) => {
  let deep = value
  for (let at = 0; at < levels; at++) deep = at % 2 === 0 ? { data: deep } : [deep]
  return deep
}
const harms: fc.Arbitrary<Harm> = fc.oneof(
  fc.constant<Harm>(() => gone),
  anything.map(
    (other): Harm =>
      () =>
        other,
  ),
  fc.constantFrom<unknown>(null, '', 'x', -1, 0.5, 1e308, [], {}, true, [[]], 'x'.repeat(2_100), 'x'.repeat(300_000)).map(
    (other): Harm =>
      () =>
        other,
  ),
  fc.constantFrom(1, 3, 50, 63, 70, 300).map((levels) => nested(levels)),
  oddKey.chain((key) =>
    anything.map(
      (other): Harm =>
        (value) =>
          typeof value === 'object' ? { ...value, [key]: other } : value,
    ),
  ),
)

/** All places of a message, itself last. */
const placesIn = (value: unknown, path: readonly string[] = []): (readonly string[])[] => [
  ...(typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))
    : []),
  path,
]

const harmed = (value: unknown, [key, ...rest]: readonly string[], harm: Harm): unknown => {
  if (key === undefined) return harm(value)
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = { ...value }
  const inner = harmed(copy[key], rest, harm)
  if (inner === gone) delete copy[key]
  else copy[key] = inner
  return Array.isArray(value) ? Object.values(copy) : copy
}

/** Texts that were messages before something was done to them. */
export const mutated = (messages: fc.Arbitrary<Shape>): fc.Arbitrary<string> => {
  const one = fc.tuple(messages, fc.array(fc.tuple(fc.nat(), harms), { minLength: 1, maxLength: 3 })).map(([message, todo]) => {
    let value: unknown = message
    for (const [at, harm] of todo) {
      const places = placesIn(value)
      const left = harmed(value, places[at % places.length] ?? [], harm)
      value = left === gone ? undefined : left
    }
    return JSON.stringify(value) ?? ''
  })
  const cut = fc.tuple(messages, fc.nat()).map(([message, at]) => {
    const text = JSON.stringify(message)
    return text.slice(0, at % (text.length + 1))
  })
  const hostile = fc
    .tuple(messages, fc.constantFrom('__proto__', 'constructor', '\\u005f_proto__', 'prototype'))
    .map(([message, key]) => `{"${key}":{"type":"x","isAdmin":true},${JSON.stringify(message).slice(1)}`)
  return fc.oneof({ weight: 5, arbitrary: one }, { weight: 1, arbitrary: cut }, { weight: 1, arbitrary: hostile })
}

/** What is no message at all. */
export const noise: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.uint8Array({ maxLength: 60 }),
  fc.json({ maxDepth: 1 }),
  fc.constantFrom(
    '[1]',
    'null',
    '1e999',
    '"x"',
    '{}',
    '{"type":{}}',
    '{"type":"__proto__"}',
    '{"type":"toString"}',
    '{"type":"hasOwnProperty"}',
    '['.repeat(100_000),
    '{"a":'.repeat(5_000),
  ),
)
