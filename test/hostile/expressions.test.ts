/** Every regular expression of what reads clients is tried on what makes careless ones take for ever. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

interface Expression {
  readonly place: string
  readonly source: string
  readonly flags: string
}

/** The expressions that stand in a file. */
const expressionsIn = (path: string): Expression[] => {
  const file = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true)
  const found: Expression[] = []
  const look = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/')
      const { line } = file.getLineAndCharacterOfPosition(node.getStart())
      found.push({ place: `${path}:${line + 1}`, source: node.text.slice(1, end), flags: node.text.slice(end + 1) })
    }
    ts.forEachChild(node, look)
  }
  look(file)
  return found
}

/** What reads what strangers say; the command line and what plays conformance read their own operator. */
const all = ['src', 'bridge'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts') && !/^bridge\/(cli|conform)\//.test(path))
    .flatMap(expressionsIn),
)

/**
 * Tries each on 40,000 times each of its own letters and of those that classes stand for, in pairs too, with an end that fits nothing: an
 * expression that goes back over what it has read takes minutes or years for one of these, any other milliseconds.
 */
const trial = `
const all = JSON.parse(process.argv[1])
for (const { source, flags, place } of all) {
  const own = [...new Set(source.replaceAll(/\\\\[a-zA-Z]/g, ''))].slice(0, 40)
  const pumps = [...new Set([...own, 'a', 'A', '0', ' ', '\\t', '.', '-', '_', '\\n', 'a.', '0.', ' a', 'a0', 'aA'])]
  for (const pump of pumps)
    for (const [before, after] of [['', '\\u0000!'], [own.slice(0, 3).join(''), '\\u0000'], ['Bearer ', ' \\u0000'], ['1', ' x']]) {
      new RegExp(source, flags.replace(/[gy]/g, '')).test(before + pump.repeat(40_000) + after)
    }
  console.log(place)
}
`

const tried = async (expressions: readonly Expression[], timeout: number): Promise<readonly string[]> => {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', trial, JSON.stringify(expressions)], { timeout })
    return stdout.trim().split('\n')
  } catch (thrown) {
    // Those before the one that takes too long have said so.
    return (thrown as { stdout: string }).stdout.trim().split('\n')
  }
}

describe('the regular expressions that clients can reach', () => {
  it('are found', () => {
    expect(all.length).toBeGreaterThan(20)
    expect(all.some(({ place }) => place.startsWith('src/protocol/topic.ts'))).toBe(true)
  })

  it('take no longer for what does not fit than for what does', async () => {
    const done = await tried(all, 120_000)
    expect(all.map(({ place }) => place).filter((place) => !done.includes(place))).toEqual([])
  }, 150_000)

  it('would be seen if one took for ever', async () => {
    const careless = { place: 'here:1', source: '^(a+)+$', flags: '' }
    expect(await tried([{ place: 'here:0', source: '^a+$', flags: '' }, careless], 2_000)).toEqual(['here:0'])
  })
})
