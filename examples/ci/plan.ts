/** What there is to check in a repository: read from its own files, turned into jobs with dependencies. */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { TroupeError } from 'troupe'
import { choose, type Job, onPath, type Plan } from './job.js'
import { fromPackage } from './package-json.js'

const read = (path: string): string | undefined => {
  try {
    return statSync(path).isFile() ? readFileSync(path, 'utf8') : undefined
  } catch {
    return undefined
  }
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

/** Reads what a repository offers. Throws a `TroupeError` that says what was looked for when there is nothing. */
export const planFor = (repo: string, install = true): Plan => {
  const notes: string[] = []
  const manifest = read(join(repo, 'package.json'))
  const makefile = ['GNUmakefile', 'makefile', 'Makefile'].map((name) => read(join(repo, name))).find(Boolean)
  const scripts = manifest ? fromPackage(repo, manifest, install) : undefined
  const audit = scripts?.audit ?? noPackages
  for (const plan of [scripts, makefile ? fromMakefile(makefile) : undefined]) {
    if (!plan) continue
    if (plan.jobs.length > 0) return { ...plan, audit, notes: [...notes, ...plan.notes] }
    notes.push(...plan.notes)
  }
  for (const { file, tool, holds, jobs } of ecosystems) {
    const text = read(join(repo, file))
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
