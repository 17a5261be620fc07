/** What the papers say of the code, held to what the code says. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { declareRemote } from '../../bridge/cli/commands.js'
import { dialectsOf } from '../../bridge/cli/dialects.js'
import { dialects } from '../../bridge/index.js'
import { page, withDiagrams } from '../../scripts/diagrams.js'

const root = join(import.meta.dirname, '../..')
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')

// The manifest is our own; what is read of it is named here.
const manifest = JSON.parse(textOf('package.json')) as {
  version: string
  license: string
  scripts: Record<string, string>
  exports: object
}
const readme = textOf('README.md')

/** The fenced blocks of a language. */
const blocksOf = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => match[1] ?? '')

describe('the README', () => {
  it('is under 120 lines', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThan(120)
  })

  it('has the two lines to paste, each a script that exists', () => {
    const lines = blocksOf(readme, 'sh').flatMap((block) => block.split('\n'))
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^npm ci && npm start( |$)/),
        expect.stringMatching(/^npm ci && npm test( |$)/),
      ]),
    )
    expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(['start', 'test']))
  })

  it('names no script that package.json does not have', () => {
    const named = [
      ...textOf('README.md').matchAll(/npm run ([\w:]+)/g),
      ...textOf('CONTRIBUTING.md').matchAll(/npm run ([\w:]+)/g),
    ]
    const missing = named.map(([, name]) => name ?? '').filter((name) => !(name in manifest.scripts))
    expect(missing).toEqual([])
  })

  it('shows code that stands in the tour, which is run', () => {
    const bare = (text: string): string => text.replaceAll(/\s+/g, '')
    const tour = bare(textOf('examples/tour/main.ts'))
    const lines = (blocksOf(readme, 'ts')[0] ?? '').split('\n').filter(Boolean)
    expect(lines.length).toBeGreaterThan(8)
    expect(lines.filter((line) => !tour.includes(bare(line)))).toEqual([])
  })

  it('names every verb of the command line', () => {
    const program = new Command()
    declareRemote(program)
    const verbs = program.commands.map((command) => command.name())
    expect(verbs.length).toBeGreaterThan(10)
    expect(verbs.filter((verb) => !readme.includes(`\`${verb}\``))).toEqual([])
  })

  it('says on which path each dashboard connects, and how that is changed', () => {
    const others = dialects.filter(({ name }) => name !== 'native')
    expect(others).toHaveLength(5)
    const [, text = ''] = /^## Five dashboards.*\n([\s\S]*?)^## /m.exec(readme) ?? []
    const told = others.filter(({ name, paths: [path] }) =>
      new RegExp(`\`${path}\` ([a-z-]+ or )?${name}\\b`).test(text.replaceAll('\n', ' ')),
    )
    expect(told.map(({ name }) => name)).toEqual(others.map(({ name }) => name))
    const options = [...textOf('bridge/cli/main.ts').matchAll(/new Option\('(--[a-z-]+)/g)].map((match) => match[1])
    const named = [...text.matchAll(/`(--[a-z]+) ([^`]+)`/g)]
    expect(named.map(([, option]) => option)).toEqual(['--dialects', '--path'])
    for (const [, option] of named) expect(options).toContain(option)
    const [names = '', path = ''] = named.map((match) => match[2] ?? '')
    expect(dialectsOf(names.split(','), []).map(({ name }) => name)).toEqual(['native', 'onsembl'])
    expect(dialectsOf(undefined, [path]).find(({ name }) => name === 'onsembl')?.paths).toEqual(['/dash'])
  })

  it('names every door', () => {
    const doors = Object.keys(manifest.exports).filter((door) => !door.endsWith('.json'))
    const named = doors.map((door) => door.replace('.', 'troupe').replace(/(dialects|journal)\/[a-z-]+$/, '$1/<name>'))
    expect(named.filter((door) => !readme.includes(`\`${door}\``))).toEqual([])
  })
})

describe('CONTRIBUTING', () => {
  it('names every member of a dialect', () => {
    const [, body = ''] = /export interface Dialect<[^{]*\{\n([\s\S]*?)\n\}/.exec(textOf('bridge/dialect.ts')) ?? []
    const members = [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map((match) => match[1] ?? '')
    expect(members.length).toBeGreaterThan(20)
    const rows = textOf('CONTRIBUTING.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
    const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map((match) => match[1] ?? ''))
    expect(named.sort()).toEqual(members.sort())
  })
})

describe('the papers', () => {
  it('lead only to files that exist', () => {
    const dead = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'].flatMap((paper) =>
      [...textOf(paper).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)/g)]
        .map((match) => match[1] ?? '')
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${paper}: ${target}`),
    )
    expect(dead).toEqual([])
  })

  it('tell of this version in the CHANGELOG', () => {
    expect(textOf('CHANGELOG.md')).toMatch(new RegExp(`^## ${manifest.version.replaceAll('.', '\\.')}\\b`, 'm'))
  })

  it('name the licence that package.json names', () => {
    expect([manifest.license, textOf('LICENSE')]).toEqual(['MIT', expect.stringMatching(/^MIT License\n/)])
  })

  it('show the state diagrams that the machines draw', () => {
    expect(textOf(page), 'run npm run docs').toBe(withDiagrams(textOf(page)))
  })
})

describe('the gate', () => {
  it("runs exactly the README's line for the proof, then what needs servers, then the checks", () => {
    const commands = textOf('.ci/run')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.startsWith('npm '))
    expect(commands).toEqual(['npm ci && npm test', 'npm run test:all', 'npm run check'])
  })

  it('installs from a lock file that names no host', () => {
    expect(textOf('package-lock.json')).not.toMatch(/"resolved": "(?!https:\/\/registry\.npmjs\.org\/)/)
  })
})
