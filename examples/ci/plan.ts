/** What there is to check in a repository: read from its own files, turned into jobs with dependencies. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { TroupeError } from 'troupe'

/** One thing to run. */
export interface Job {
  readonly id: string
  readonly title: string
  readonly command: string
  /** Ids of jobs that have to pass first. */
  readonly needs: readonly string[]
}

export interface Plan {
  /** Where the jobs were found: `package.json`, `Makefile` … */
  readonly source: string
  readonly jobs: readonly Job[]
  /** What was seen and left out, with the reason. */
  readonly notes: readonly string[]
}

interface Kind {
  readonly id: string
  readonly names: readonly string[]
  readonly needs: readonly string[]
}

/** What a repository usually offers, in the order in which it is worth knowing. Build and test write files, so they take turns. */
const kinds: readonly Kind[] = [
  { id: 'typecheck', names: ['typecheck', 'type-check', 'check-types', 'check:types', 'types', 'tsc'], needs: [] },
  { id: 'lint', names: ['lint', 'eslint', 'biome', 'format:check', 'fmt:check'], needs: [] },
  { id: 'build', names: ['build', 'compile', 'all'], needs: ['typecheck'] },
  { id: 'test', names: ['test', 'test:unit', 'tests', 'check'], needs: ['build'] },
]

const onPath = (tool: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((dir) => dir !== '' && existsSync(join(dir, tool)))

const read = (path: string): string | undefined => {
  try {
    return statSync(path).isFile() ? readFileSync(path, 'utf8') : undefined
  } catch {
    return undefined
  }
}

/** Picks for each kind the first name that is there; a dependency on a kind that is not is passed on to what that one needs. */
const choose = (offered: ReadonlySet<string>, command: (name: string) => string, first?: Job): Job[] => {
  const found = new Map(
    kinds.flatMap((kind) => {
      const name = kind.names.find((each) => offered.has(each))
      return name === undefined ? [] : [[kind.id, name] as const]
    }),
  )
  const needsOf = (id: string): string[] => {
    const wanted = kinds.find((kind) => kind.id === id)?.needs ?? []
    return wanted.flatMap((need) => (found.has(need) ? [need] : needsOf(need)))
  }
  return kinds.flatMap(({ id }) => {
    const name = found.get(id)
    if (name === undefined) return []
    const needs = needsOf(id)
    return [{ id, title: name, command: command(name), needs: needs.length > 0 || !first ? needs : [first.id] }]
  })
}

interface PackageTool {
  readonly name: string
  readonly lock: string
  readonly install: string
}

const packageTools: readonly PackageTool[] = [
  { name: 'pnpm', lock: 'pnpm-lock.yaml', install: 'pnpm install --frozen-lockfile' },
  { name: 'yarn', lock: 'yarn.lock', install: 'yarn install --frozen-lockfile' },
  { name: 'bun', lock: 'bun.lock', install: 'bun install --frozen-lockfile' },
  { name: 'npm', lock: 'package-lock.json', install: 'npm ci --no-audit --no-fund' },
]
/** Without a lock file nothing of the kind is written either: a check leaves a repository as it was. */
const plainNpm: PackageTool = { name: 'npm', lock: '', install: 'npm install --no-package-lock --no-audit --no-fund' }

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

const parse = (text: string): Readonly<Record<string, unknown>> => {
  try {
    return record(JSON.parse(text))
  } catch (error) {
    throw new TroupeError('INVALID_MESSAGE', `The package.json of the repository cannot be read: ${(error as Error).message}.`)
  }
}

const fromPackage = (repo: string, text: string, install: boolean): Plan => {
  const manifest = parse(text)
  const notes: string[] = []
  const locked = packageTools.find(({ lock }) => existsSync(join(repo, lock)))
  const usable = locked && onPath(locked.name) ? locked : plainNpm
  if (locked && usable !== locked)
    notes.push(`${locked.lock} asks for ${locked.name}, which is not installed; npm runs the scripts instead`)
  const offered = new Set<string>()
  for (const [name, script] of Object.entries(record(manifest['scripts']))) {
    if (typeof script !== 'string' || !kinds.some((kind) => kind.names.includes(name))) continue
    if (/no test specified/.test(script)) notes.push(`the script ${name} is the placeholder that npm writes`)
    else if (/(^|\s)(--watch|-w)(\s|$)/.test(script)) notes.push(`the script ${name} watches files and would not end`)
    else offered.add(name)
  }
  const needed = Object.keys({ ...record(manifest['dependencies']), ...record(manifest['devDependencies']) }).length > 0
  const missing = needed && !existsSync(join(repo, 'node_modules'))
  const first: Job | undefined =
    install && missing ? { id: 'install', title: 'install', command: usable.install, needs: [] } : undefined
  const jobs = choose(offered, (name) => `${usable.name} run ${name}`, first)
  return { source: 'package.json', jobs: first && jobs.length > 0 ? [first, ...jobs] : jobs, notes }
}

const fromMakefile = (text: string): Plan => {
  const targets = new Set([...text.matchAll(/^([A-Za-z0-9_][\w.-]*)\s*:(?![:=])/gm)].map((match) => match[1] ?? ''))
  return { source: 'Makefile', jobs: choose(targets, (name) => `make ${name}`), notes: [] }
}

interface Ecosystem {
  readonly file: string
  readonly tool: string
  readonly jobs: readonly Job[]
}

const job = (id: string, command: string, needs: readonly string[] = []): Job => ({ id, title: id, command, needs })

const ecosystems: readonly Ecosystem[] = [
  { file: 'Cargo.toml', tool: 'cargo', jobs: [job('build', 'cargo build'), job('test', 'cargo test', ['build'])] },
  {
    file: 'go.mod',
    tool: 'go',
    jobs: [job('vet', 'go vet ./...'), job('build', 'go build ./...'), job('test', 'go test ./...', ['build'])],
  },
  { file: 'pyproject.toml', tool: 'python3', jobs: [job('test', 'python3 -m pytest')] },
  { file: 'pytest.ini', tool: 'python3', jobs: [job('test', 'python3 -m pytest')] },
  { file: 'setup.py', tool: 'python3', jobs: [job('test', 'python3 -m unittest discover')] },
]

/** Reads what a repository offers. Throws a `TroupeError` that says what was looked for when there is nothing. */
export const planFor = (repo: string, install = true): Plan => {
  const notes: string[] = []
  const manifest = read(join(repo, 'package.json'))
  const makefile = read(join(repo, 'Makefile')) ?? read(join(repo, 'makefile'))
  for (const plan of [manifest && fromPackage(repo, manifest, install), makefile && fromMakefile(makefile)]) {
    if (!plan) continue
    if (plan.jobs.length > 0) return { ...plan, notes: [...notes, ...plan.notes] }
    notes.push(...plan.notes)
  }
  for (const { file, tool, jobs } of ecosystems) {
    if (!existsSync(join(repo, file))) continue
    if (onPath(tool)) return { source: file, jobs, notes }
    notes.push(`${file} asks for ${tool}, which is not installed`)
  }
  const seen = notes.length > 0 ? ` Seen: ${notes.join('; ')}.` : ''
  throw new TroupeError(
    'NOT_FOUND',
    `There is nothing to check in ${repo}: no type check, lint, build or test among the scripts of package.json or the targets of a Makefile, and no other project file that is known.${seen}`,
  )
}
