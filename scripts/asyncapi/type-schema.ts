/** The types of answers as JSON Schema: they are written down as types alone, and the compiler reads them. */
import ts from 'typescript'
import { describe, reference, type Schema } from './schema.js'
import { checker, sentenceBeside } from './sources.js'

const plain: readonly (readonly [ts.TypeFlags, Schema])[] = [
  [ts.TypeFlags.Any | ts.TypeFlags.Unknown, {}],
  [ts.TypeFlags.String, { type: 'string' }],
  [ts.TypeFlags.Number, { type: 'number' }],
  [ts.TypeFlags.Boolean, { type: 'boolean' }],
  [ts.TypeFlags.Null, { type: 'null' }],
]

/** A name that a member's type was declared by, alone or as a list: what the compiler forgets of an alias. */
const declaredAs = (symbol: ts.Symbol): RegExpExecArray | null => {
  const declaration = symbol.valueDeclaration
  if (!declaration || !ts.isPropertySignature(declaration) || !declaration.type) return null
  return /^(?:readonly )?(\w+)(\[\])?$/.exec(declaration.type.getText())
}

/** The schema of a type. Every interface becomes a component of its name, unless there is one already. */
export const schemaOf = (type: ts.Type, components: Map<string, Schema>): Schema => {
  const simple = plain.find(([flags]) => (type.flags & flags) !== 0)
  if (simple) return { ...simple[1] }
  if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value }
  if (type.isUnion()) return unionOf(type, components)
  if (checker.isArrayType(type)) {
    const item = checker.getIndexTypeOfType(type, ts.IndexKind.Number)
    return { type: 'array', items: item ? schemaOf(item, components) : {} }
  }
  const values = checker.getIndexTypeOfType(type, ts.IndexKind.String)
  if (values) return { type: 'object', additionalProperties: schemaOf(values, components) }
  if ((type.flags & ts.TypeFlags.Object) === 0)
    throw new Error(`An answer has ${checker.typeToString(type)} in it, for which there is no schema yet; give it one here.`)
  const { symbol } = type
  if ((symbol.flags & ts.SymbolFlags.Interface) === 0) return objectOf(type, components)
  if (!components.has(symbol.name)) {
    // The name is taken before its fields are read, since these may lead back to it.
    components.set(symbol.name, {})
    components.set(symbol.name, describe(objectOf(type, components), sentenceBeside(symbol)))
  }
  return reference(symbol.name)
}

const unionOf = ({ types }: ts.UnionType, components: Map<string, Schema>): Schema => {
  const present = types.filter(({ flags }) => (flags & ts.TypeFlags.Undefined) === 0)
  const words = present.flatMap((part) => (part.isStringLiteral() ? [part.value] : []))
  // The compiler keeps the words of a union in no order that anybody wrote.
  const listed: Schema[] = words.length > 0 ? [{ type: 'string', enum: words.sort() }] : []
  if (present.some(({ flags }) => (flags & ts.TypeFlags.BooleanLiteral) !== 0)) listed.push({ type: 'boolean' })
  const others = present.filter((part) => !part.isStringLiteral() && (part.flags & ts.TypeFlags.BooleanLiteral) === 0)
  const [only, ...more] = [...listed, ...others.map((part) => schemaOf(part, components))]
  return only && more.length === 0 ? only : { anyOf: only ? [only, ...more] : more }
}

const fieldOf = (symbol: ts.Symbol, components: Map<string, Schema>): Schema => {
  const [, name = '', list] = declaredAs(symbol) ?? []
  if (!components.has(name)) return schemaOf(checker.getTypeOfSymbol(symbol), components)
  return list ? { type: 'array', items: reference(name) } : reference(name)
}

const objectOf = (type: ts.Type, components: Map<string, Schema>): Schema => {
  const fields = checker.getPropertiesOfType(type)
  const properties = Object.fromEntries(
    fields.map((symbol) => [symbol.name, describe(fieldOf(symbol, components), sentenceBeside(symbol))]),
  )
  // What may be anything may be nothing, which is not written.
  const isNeeded = (symbol: ts.Symbol): boolean =>
    (symbol.flags & ts.SymbolFlags.Optional) === 0 && (checker.getTypeOfSymbol(symbol).flags & ts.TypeFlags.Unknown) === 0
  const required = fields.filter(isNeeded).map(({ name }) => name)
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) }
}
