/** The shape of the source: small files, plain names, nothing let through. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const product = ['src', 'actors', 'bridge', 'examples']

const filesIn = (folders: readonly string[]): string[] =>
  folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
      .filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !path.includes('node_modules/')),
  )

const shipped = filesIn(product)
const all = [...shipped, ...filesIn(['test', 'scripts'])]
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')
const lengthOf = (path: string): number => textOf(path).trimEnd().split('\n').length

/** The lines of these files in which a pattern stands: `path:line`. */
const linesWith = (paths: readonly string[], pattern: RegExp): string[] =>
  paths.flatMap((path) =>
    textOf(path)
      .split('\n')
      .flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1}`] : [])),
  )

describe('the source', () => {
  it('has no file above 300 lines', () => {
    expect(all.filter((path) => lengthOf(path) > 300).map((path) => `${path}: ${lengthOf(path)}`)).toEqual([])
  })

  it('has a median below 120 lines a file', () => {
    const lengths = shipped.map(lengthOf).sort((a, b) => a - b)
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(120)
  })

  it('names no file after a drawer, and every file in lower case with dashes', () => {
    const drawers = /^(types|utils|helpers|util|helper|common|misc)\./
    const odd = all.filter(
      (path) => drawers.test(basename(path)) || !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/.test(basename(path)),
    )
    expect(odd).toEqual([])
  })

  it('exports by name', () => {
    expect(linesWith(all, /^\s*export\s+\*/)).toEqual([])
    expect(linesWith(shipped, /^\s*export\s+default\b/)).toEqual([])
  })

  it('lets nothing past the compiler or the linter in silence', () => {
    const shape = basename(import.meta.filename)
    const others = all.filter((path) => basename(path) !== shape)
    expect(linesWith(others, /^(?!\s*(\/?\*|\/\/)).*([:<|&]\s*any\b|\bas any\b)/)).toEqual([])
    expect(linesWith(others, /@ts-(ignore|nocheck)/)).toEqual([])
    expect(linesWith(others, /biome-ignore(?!.*: \S)/)).toEqual([])
  })

  it('opens every file with a sentence that says what it is', () => {
    const silent = shipped.filter((path) => !/^(#!.*\n)?\/\*\*\s+(\*\s+)?[\w`(]/.test(textOf(path)))
    expect(silent).toEqual([])
  })

  it('has no private names by underscore, and nobody called Manager, Helper, Handler or Utils', () => {
    expect(linesWith(shipped, /\bthis\._\w/)).toEqual([])
    expect(linesWith(shipped, /\b(class|interface|type|const|function)\s+\w*(Manager|Helper|Handler|Utils)\b/)).toEqual([])
  })

  it('asserts what it says: toMatchObject takes any text for a RegExp', () => {
    expect(linesWith(filesIn(['test']), /^[^/]*\b[A-Za-z]+: \/[^/*].*\/[a-z]*\s*[,}]/)).toEqual([])
  })

  it('keeps no list of things to do, and no ticket numbers', () => {
    expect(
      linesWith(
        all.filter((path) => basename(path) !== basename(import.meta.filename)),
        /\b(TODO|FIXME|XXX|HACK)\b/,
      ),
    ).toEqual([])
    expect(linesWith(shipped, /\/[/*].*\b(issue|ticket)\s+#?\d+/i)).toEqual([])
  })
})
