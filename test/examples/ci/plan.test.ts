import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { planFor } from '../../../examples/ci/plan.js'
import { cleanUp, repository } from '../../kit/command.js'

const path = process.env['PATH']
let tools = ''

/** Programs that are there, and nothing else. */
const offer = (...names: string[]) => {
  for (const name of names) {
    writeFileSync(join(tools, name), '')
    chmodSync(join(tools, name), 0o755)
  }
}

beforeEach(() => {
  tools = repository({})
  process.env['PATH'] = tools
  offer('npm')
})
afterEach(async () => {
  process.env['PATH'] = path
  await cleanUp()
})

const scripts = (given: Record<string, string>, more: object = {}, files: Record<string, string> = {}) =>
  repository({ 'package.json': { scripts: given, ...more }, ...files })
const commands = (repo: string) => planFor(repo).jobs.map(({ command }) => command)
const needs = (repo: string) => Object.fromEntries(planFor(repo).jobs.map((job) => [job.id, job.needs]))

describe('the plan of a package.json', () => {
  it('takes the first usual name of each kind and leaves other scripts alone', () => {
    const repo = scripts({ 'type-check': 'x', tsc: 'x', eslint: 'x', 'format:check': 'x', test: 'x', deploy: 'x', prepare: 'x' })
    expect(commands(repo)).toEqual(['npm run type-check', 'npm run eslint', 'npm run format:check', 'npm run test'])
  })

  it('builds after the type check and tests after the build, so that no two write the same files', () => {
    expect(needs(scripts({ test: 'x', build: 'x', lint: 'x', typecheck: 'x' }))).toEqual({
      ...{ typecheck: [], lint: [], build: ['typecheck'], test: ['build'] },
    })
    expect(needs(scripts({ test: 'x', typecheck: 'x' }))).toEqual({ typecheck: [], test: ['typecheck'] })
  })

  it('leaves out what would watch files for ever, and knows the -w that names a workspace', () => {
    const repo = scripts({
      test: 'jest --watchAll',
      build: 'tsc -w',
      lint: 'npm run lint -w packages/a',
      tsc: 'tsc --watch=false',
    })
    expect(commands(repo)).toEqual(['npm run tsc', 'npm run lint'])
    expect(planFor(repo)).toMatchObject({
      notes: ['the script test watches files and would not end', 'the script build watches files and would not end'],
      unchecked: ['test', 'build'],
    })
  })

  it.each([
    ['grep -w word file', true],
    ['jest -w 2', true],
    ['jest --watch false || exit 1', true],
    ['echo run --watch to watch; exit 1', true],
    ['x | fold -w 100', true],
    ['npm run lint && vitest --watch', false],
    ['NODE_ENV=test mocha --watch', false],
    ['rollup -c -w', false],
  ])('takes the script %j for one that ends: %s', (test, ends) => {
    const repo = scripts({ test, lint: 'x' })
    expect(commands(repo).includes('npm run test')).toBe(ends)
  })

  it('does not call a kind unchecked of which another script is run', () => {
    expect(planFor(scripts({ test: 'jest --watch', 'test:unit': 'jest' })).unchecked).toEqual([])
  })

  it('says what is wrong with one that is there and cannot be used, and takes a Makefile beside it', () => {
    expect(() => planFor(repository({ 'package.json': '' }))).toThrow(/cannot be read: it is empty/)
    expect(() => planFor(repository({ 'package.json/inside': '' }))).toThrow(/package.json is no ordinary file/)
    expect(() => planFor(scripts({ test: 5 } as unknown as Record<string, string>))).toThrow(/the script test is no text/)
    offer('make')
    const both = planFor(repository({ 'package.json': '{', Makefile: 'test:\n\ttrue\n' }))
    expect([both.source, both.notes]).toEqual([
      'Makefile',
      [expect.stringMatching(/package.json of the repository cannot be read/)],
    ])
  })

  it('needs npm to run its scripts, and says so', () => {
    process.env['PATH'] = repository({})
    expect(() => planFor(scripts({ test: 'x' }))).toThrow(/run by npm, which is not on the PATH/)
  })

  it('reads one that begins with a byte order mark, and says what is wrong with one that is no JSON', () => {
    expect(commands(repository({ 'package.json': '\uFEFF{"scripts":{"test":"x"}}' }))).toEqual(['npm run test'])
    expect(() => planFor(repository({ 'package.json': '{' }))).toThrow(/package\.json of the repository cannot be read/)
    for (const odd of ['[]', '"text"', 'null', '{"scripts":[]}', '{"scripts":{"test":1}}'])
      expect(() => planFor(repository({ 'package.json': odd }))).toThrow(/There is nothing to check/)
  })
})

describe('the package manager', () => {
  const lockOf = { pnpm: 'pnpm-lock.yaml', yarn: 'yarn.lock', bun: 'bun.lockb' }

  it('is the one whose lock file is there', () => {
    offer('pnpm', 'yarn', 'bun')
    for (const [name, lock] of Object.entries(lockOf))
      expect(commands(scripts({ test: 'x' }, {}, { [lock]: '' }))).toEqual([`${name} run test`])
  })

  it('is the one that the manifest names, whatever lock file is there', () => {
    offer('pnpm', 'yarn')
    expect(commands(scripts({ test: 'x' }, { packageManager: 'pnpm@9.1.0' }, { 'yarn.lock': '' }))).toEqual(['pnpm run test'])
  })

  it('is npm, with a note, where the wanted one is not installed', () => {
    const plan = planFor(scripts({ test: 'x' }, {}, { 'yarn.lock': '' }))
    expect(plan.jobs).toMatchObject([{ command: 'npm run test' }])
    expect(plan.notes).toEqual(['the repository asks for yarn, which is not installed; npm runs the scripts instead'])
  })
})

describe('installing', () => {
  const dependencies = { a: '1' }

  it('comes first where something that is declared is missing, by the lock file if there is one', () => {
    const repo = scripts({ lint: 'x', test: 'x' }, { dependencies }, { 'package-lock.json': '{}' })
    expect(commands(repo)[0]).toMatch(/^npm ci /)
    expect(needs(repo)).toEqual({ install: [], lint: ['install'], test: ['install'] })
    expect(commands(scripts({ test: 'x' }, { dependencies }))[0]).toMatch(/^npm install --no-package-lock /)
  })

  it('is left out when it is not wanted, not needed, or done', () => {
    const installed = scripts({ test: 'x' }, { dependencies })
    mkdirSync(join(installed, 'node_modules'))
    const above = repository({
      'node_modules/a/index.js': '',
      'packages/b/package.json': { scripts: { test: 'x' }, dependencies },
    })
    for (const repo of [scripts({ test: 'x' }), installed, join(above, 'packages/b')])
      expect(commands(repo)).toEqual(['npm run test'])
    expect(planFor(scripts({ test: 'x' }, { dependencies }), false).jobs).toHaveLength(1)
  })
})

describe('the audit', () => {
  const auditOf = (more: object, files: Record<string, string>) => planFor(scripts({ test: 'x' }, more, files)).audit

  it('is done where npm can, and left out with the reason elsewhere', () => {
    offer('pnpm', 'make')
    const dependencies = { a: '1' }
    expect(auditOf({ dependencies }, { 'package-lock.json': '{}' })).toEqual({ command: expect.stringMatching(/^npm audit /) })
    expect(auditOf({ dependencies }, {})).toEqual({ skipped: 'there is no lock file' })
    expect(auditOf({}, {})).toEqual({ skipped: 'there are no dependencies' })
    expect(auditOf({ dependencies }, { 'pnpm-lock.yaml': '' })).toEqual({ skipped: 'dependencies of pnpm are not audited' })
    expect(planFor(repository({ Makefile: 'test:\n\ttrue\n' })).audit).toEqual({ skipped: 'there is no package.json' })
  })
})

describe('without scripts in a package.json', () => {
  it('the targets of a Makefile are taken, and no variables', () => {
    offer('make')
    const repo = repository({ Makefile: 'lint := x\ncheck ::= y\n.PHONY: all\nall test: a.o\n\ttrue\nclean::\n\trm x\n' })
    expect(commands(repo)).toEqual(['make all', 'make test'])
  })

  it('the usual commands of other kinds of project are taken where their tools are there', () => {
    offer('cargo', 'python3')
    expect(commands(repository({ 'Cargo.toml': '' }))).toEqual(['cargo build', 'cargo test'])
    expect(commands(repository({ 'pyproject.toml': '[tool.pytest.ini_options]' }))).toEqual(['python3 -m pytest'])
    expect(() => planFor(repository({ 'go.mod': '' }))).toThrow(/Seen: go\.mod asks for go, which is not installed/)
    expect(() => planFor(repository({ 'pyproject.toml': '[project]' }))).toThrow(/There is nothing to check/)
    expect(() => planFor(repository({ Makefile: 'test:\n\ttrue\n' }))).toThrow(/asks for make, which is not installed/)
  })
})
