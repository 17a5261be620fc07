/** The zod schemas of the protocol as JSON Schema: what several share stands once, and is referred to. */
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { z } from 'zod'
import { codes } from '../../src/errors.js'
import { idPattern } from '../../src/ids.js'
import { failure, id } from '../../src/protocol/words.js'
import { capital, describe, type Schema } from './schema.js'
import { checker, exported, files, read, type Source, sentenceBeside } from './sources.js'

/** A schema, and what the compiler knows of it. */
export interface Word extends Source {
  readonly schema: z.ZodType
}

const isSchema = (value: unknown): value is z.ZodType => value instanceof z.ZodType

/** Fields that several schemas have. A table of words is none: some of its names have dots. */
const isShape = (value: unknown): value is z.ZodRawShape => {
  if (typeof value !== 'object' || value === null) return false
  const fields = Object.entries(value)
  return fields.length > 0 && fields.every(([name, field]) => /^\w+$/.test(name) && isSchema(field))
}

/** Every schema that a file of the protocol exports under a name of its own. */
const shared = async (): Promise<Map<string, Word>> => {
  const words = new Map<string, Word>()
  for (const file of files)
    for (const [name, value] of Object.entries<unknown>(await import(pathToFileURL(file).href))) {
      const schema = isSchema(value) ? value : isShape(value) ? z.object(value) : undefined
      if (!schema) continue
      const symbol = exported(file, name)
      words.set(capital(name), { schema, type: checker.getTypeOfSymbol(symbol), sentence: sentenceBeside(symbol) })
    }
  return words
}

/** Without what JSON Schema can say shorter. */
const tidy = (schema: object): Schema =>
  JSON.parse(JSON.stringify(schema), (_, value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const { $id: _id, $schema: _schema, ...rest } = value as Schema
    if (Object.keys(rest).join() === 'allOf' && rest.allOf?.length === 1) return rest.allOf[0]
    // Every key of an object is a string.
    if (JSON.stringify(rest['propertyNames']) === '{"type":"string"}') delete rest['propertyNames']
    if (rest.properties && Object.keys(rest.properties).length === 0) delete rest.properties
    return rest
  })

/** The schema with the sentences that stand beside its fields in the source. */
const explained = (schema: Schema, type: ts.Type): Schema => {
  if (schema.items && !Array.isArray(schema.items)) {
    const item = checker.getIndexTypeOfType(type, ts.IndexKind.Number)
    return item ? { ...schema, items: explained(schema.items, read(item)) } : schema
  }
  if (!schema.properties) return schema
  const fields = Object.entries(schema.properties).map(([name, field]) => {
    const symbol = checker.getPropertyOfType(type, name)
    if (!symbol) return [name, field] as const
    return [name, describe(explained(field, read(checker.getTypeOfSymbol(symbol))), sentenceBeside(symbol))] as const
  })
  return { ...schema, properties: Object.fromEntries(fields) }
}

/** What each code means, for people and for programs. */
const meanings = {
  description: Object.entries(codes)
    .map(([code, { says }]) => `- \`${code}\`: ${says}`)
    .join('\n'),
  'x-codes': Object.fromEntries(Object.entries(codes).map(([code, { open: _, ...line }]) => [code, line])),
}

export interface Converted {
  /** By the name of what is shared. */
  readonly shared: Map<string, Schema>
  readonly own: ReadonlyMap<string, Schema>
}

/** These schemas, each under its key, and the shared ones that they refer to. */
export const converted = async (own: ReadonlyMap<string, Word>): Promise<Converted> => {
  const words = await shared()
  const registry = z.registry<{ id: string }>()
  for (const [name, { schema }] of [...words, ...own]) registry.add(schema, { id: name })
  registry.add(failure.shape.code, { id: 'Code' })
  const { schemas } = z.toJSONSchema(registry, {
    target: 'draft-07',
    // What was said with a field more is read all the same, and so is what will be.
    io: 'input',
    uri: (name) => `#/components/schemas/${name}`,
    override({ zodSchema, jsonSchema }) {
      // A refinement tells nothing of itself.
      if (zodSchema === id) jsonSchema.pattern = idPattern.source
    },
  })
  const schemaOf = ([name, { type }]: readonly [string, Word]) => explained(tidy(schemas[name] ?? {}), read(type))
  const components = [...words].map((entry) => [entry[0], describe(schemaOf(entry), entry[1].sentence)] as const)
  return {
    shared: new Map(components).set('Code', { ...tidy(schemas['Code'] ?? {}), ...meanings }),
    own: new Map([...own].map((entry) => [entry[0], schemaOf(entry)])),
  }
}
