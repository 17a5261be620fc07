/** What the compiler reads in the sources of the protocol: the types there, and the sentence beside each name. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import type { CommandType } from '../../src/protocol/command.js'
import type { ReplyTo } from '../../src/protocol/reply.js'

/** What each command is answered with. The compiler is asked for it by this name. */
type Replies = { readonly [T in CommandType]: ReplyTo<T> }

const folder = join(import.meta.dirname, '../../src/protocol')
/** Every file in which words are declared that others are made of. */
export const files = readdirSync(folder)
  .filter((name) => name.endsWith('.ts'))
  .sort()
  .map((name) => join(folder, name))

const program = ts.createProgram([...files, import.meta.filename], {
  strict: true,
  exactOptionalPropertyTypes: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  skipLibCheck: true,
  types: [],
})
export const checker = program.getTypeChecker()

/** What is written beside a name, on one line. */
export const sentenceBeside = (symbol: ts.Symbol): string =>
  ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim().replaceAll(/\s+/g, ' ')

/** What a file exports under a name. Throws where there is no such thing. */
export const exported = (file: string, name: string): ts.Symbol => {
  const source = program.getSourceFile(file)
  const exports = source && checker.getSymbolAtLocation(source)
  const found = exports && checker.getExportsOfModule(exports).find((symbol) => symbol.name === name)
  if (!found) throw new Error(`${file} does not export ${name}; name what it exports.`)
  return found
}

/** The type of a member, where there is one. */
const member = (type: ts.Type | undefined, name: string): ts.Type | undefined => {
  const symbol = type && checker.getPropertyOfType(type, name)
  return symbol && checker.getTypeOfSymbol(symbol)
}

/** What a zod schema reads; any other type as it is. */
export const read = (type: ts.Type): ts.Type => checker.getNonNullableType(member(member(type, '_zod'), 'output') ?? type)

/** A member as the compiler sees it. */
export interface Source {
  readonly type: ts.Type
  readonly sentence: string
}

const membersOf = (type: ts.Type): ReadonlyMap<string, Source> =>
  new Map(
    checker
      .getPropertiesOfType(type)
      .map((symbol) => [symbol.name, { type: checker.getTypeOfSymbol(symbol), sentence: sentenceBeside(symbol) }]),
  )

/** A table of words that a file of the protocol exports. */
export const tableOf = (file: string, name: string): ReadonlyMap<string, Source> =>
  membersOf(checker.getTypeOfSymbol(exported(join(folder, file), name)))

/** What each command is answered with. */
export const replies = (): ReadonlyMap<keyof Replies, Source> => {
  const alias = program
    .getSourceFile(import.meta.filename)
    ?.statements.find((statement) => ts.isTypeAliasDeclaration(statement) && statement.name.text === 'Replies')
  if (!alias || !ts.isTypeAliasDeclaration(alias))
    throw new Error('The type Replies does not stand in its file any more; put it back.')
  // The keys of the type are its members' names.
  return membersOf(checker.getTypeFromTypeNode(alias.type)) as ReadonlyMap<keyof Replies, Source>
}
