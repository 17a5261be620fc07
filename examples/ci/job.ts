/** What a plan is made of, and how jobs are chosen from the names that a repository offers. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** One thing to run. */
export interface Job {
  readonly id: string
  readonly title: string
  readonly command: string
  /** Ids of jobs that have to pass first. */
  readonly needs: readonly string[]
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>
}

export interface Plan {
  /** Where the jobs were found: `package.json`, `Makefile` … */
  readonly source: string
  readonly jobs: readonly Job[]
  /** How the dependencies are audited, or why they are not. */
  readonly audit: { readonly command: string } | { readonly skipped: string }
  /** What was seen and left out, with the reason. */
  readonly notes: readonly string[]
  /** Scripts that a check is known by and that are not run, since they would not end. */
  readonly unchecked?: readonly string[]
}

interface Kind {
  readonly id: string
  readonly names: readonly string[]
  readonly needs: readonly string[]
}

/** What a repository usually offers, in the order in which it is worth knowing. Build and test write files, so they take turns. */
const kinds: readonly Kind[] = [
  { id: 'typecheck', names: ['typecheck', 'type-check', 'check-types', 'check:types', 'types', 'tsc'], needs: [] },
  { id: 'lint', names: ['lint', 'eslint', 'biome'], needs: [] },
  { id: 'format', names: ['format:check', 'check:format', 'fmt:check', 'prettier:check'], needs: [] },
  { id: 'build', names: ['build', 'compile', 'all'], needs: ['typecheck'] },
  { id: 'test', names: ['test', 'test:unit', 'tests', 'check'], needs: ['build'] },
]

/** Whether a program can be started by its name alone. */
export const onPath = (tool: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((dir) => dir !== '' && existsSync(join(dir, tool)))

/** Whether a name is one that a check is known by. */
export const isKnown = (name: string): boolean => kinds.some(({ names }) => names.includes(name))

/** Whether another name of its kind is offered. */
export const isCovered = (name: string, offered: ReadonlySet<string>): boolean =>
  kinds.some(({ names }) => names.includes(name) && names.some((each) => offered.has(each)))

/** Picks for each kind the first name that is there; a dependency on a kind that is not is passed on to what that one needs. */
export const choose = (offered: ReadonlySet<string>, command: (name: string) => string, first?: Job): Job[] => {
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
