/** JSON Schema as the document has it, and the small things that are done to it. */

/** A schema of draft 7, in which AsyncAPI writes payloads. */
export interface Schema {
  [key: string]: unknown
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema | Schema[]
  additionalProperties?: Schema | boolean
  allOf?: Schema[]
  anyOf?: Schema[]
}

export const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

/** In draft 7 nothing beside a `$ref` is read, so a sentence about one stands around it. */
export const describe = (schema: Schema, description: string | undefined): Schema => {
  if (!description || schema.description !== undefined) return schema
  return '$ref' in schema ? { allOf: [schema], description } : { ...schema, description }
}

/** The names that components have begin in upper case, as the names of types do. */
export const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)
