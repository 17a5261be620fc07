/** What there is to check in a repository: read from its own files, turned into jobs with dependencies. */
import { readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { TroupeError } from 'troupe'
import { choose, type Job, onPath, type Plan } from './job.js'
import { fromPackage } from './package-json.js'

/** The text of a file; undefined when there is none. One that is there but cannot be used is told of. */
const read = (path: string, notes: string[]): string | undefined => {
  try {
    if (statSync(path).isFile()) return readFileSync(path, 'utf8')
    notes.push(`${basename(path)} is no ordinary file`)
  } catch (error) {
    // A system error has a code; nothing else is thrown here.
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR') notes.push(`${basename(path)} cannot be read: ${message}`)
  }
  return undefined
}

const noPackages: Plan['audit'] = { skipped: 'there is no package.json' }

const fromMakefile = (text: string): Plan => {
  const rules = text.matchAll(/^([A-Za-z0-9_][\w. -]*?)\s*:(?!=|:=)/gm)
  const targets = new Set([...rules].flatMap((match) => match[1]?.split(/\s+/) ?? []))
  const jobs = choose(targets, (name) => `make ${name}`)
  if (jobs.length === 0 || onPath('make')) return { source: 'Makefile', jobs, audit: noPackages, notes: [] }
  return { source: 'Makefile', jobs: [], audit: noPackages, notes: ['the Makefile asks for make, which is not installed'] }
}

interface Ecosystem {
  readonly file: string
  readonly tool: string
  /** What the file has to hold, where being there does not say enough. */
  readonly holds?: RegExp
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
  { file: 'pyproject.toml', tool: 'python3', holds: /pytest/, jobs: [job('test', 'python3 -m pytest')] },
  { file: 'pytest.ini', tool: 'python3', jobs: [job('test', 'python3 -m pytest')] },
  { file: 'setup.py', tool: 'python3', jobs: [job('test', 'python3 -m unittest discover')] },
]

/** A manifest that cannot be used is the end of it, unless there is a Makefile beside it. Throws a `TroupeError`. */
const fromManifest = (repo: string, text: string, install: boolean, other: boolean, notes: string[]): Plan | undefined => {
  try {
    return fromPackage(repo, text, install)
  } catch (thrown) {
    if (!other) throw thrown
    notes.push((thrown as Error).message)
    return undefined
  }
}

/** Reads what a repository offers. Throws a `TroupeError` that says what was looked for when there is nothing. */
export const planFor = (repo: string, install = true): Plan => {
  const notes: string[] = []
  const manifest = read(join(repo, 'package.json'), notes)
  const makefile = ['GNUmakefile', 'makefile', 'Makefile'].map((name) => read(join(repo, name), notes)).find(Boolean)
  const scripts = manifest === undefined ? undefined : fromManifest(repo, manifest, install, makefile !== undefined, notes)
  const audit = scripts?.audit ?? noPackages
  for (const plan of [scripts, makefile ? fromMakefile(makefile) : undefined]) {
    if (!plan) continue
    if (plan.jobs.length > 0) return { ...plan, audit, notes: [...notes, ...plan.notes] }
    notes.push(...plan.notes)
  }
  for (const { file, tool, holds, jobs } of ecosystems) {
    const text = read(join(repo, file), notes)
    if (text === undefined || holds?.test(text) === false) continue
    if (onPath(tool)) return { source: file, jobs, audit, notes }
    notes.push(`${file} asks for ${tool}, which is not installed`)
  }
  const seen = notes.length > 0 ? ` Seen: ${notes.join('; ')}.` : ''
  throw new TroupeError(
    'NOT_FOUND',
    `There is nothing to check in ${repo}: no type check, lint, build or test among the scripts of package.json or the targets of a Makefile, and no other project file that is known.${seen}`,
  )
}
