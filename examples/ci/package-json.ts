/** What a package.json offers to check. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TroupeError } from 'troupe'
import { choose, isCovered, isKnown, type Job, onPath, type Plan } from './job.js'

interface PackageTool {
  readonly name: string
  readonly locks: readonly string[]
  readonly install: string
  /** Without a lock file nothing of the kind is written either: a check leaves a repository as it was. */
  readonly bare: string
}

const npm: PackageTool = {
  name: 'npm',
  locks: ['package-lock.json', 'npm-shrinkwrap.json'],
  install: 'npm ci --prefer-offline --no-audit --no-fund',
  bare: 'npm install --no-package-lock --no-audit --no-fund',
}
const packageTools: readonly PackageTool[] = [
  { name: 'pnpm', locks: ['pnpm-lock.yaml'], install: 'pnpm install --frozen-lockfile', bare: 'pnpm install --no-lockfile' },
  { name: 'yarn', locks: ['yarn.lock'], install: 'yarn install --frozen-lockfile', bare: 'yarn install --no-lockfile' },
  { name: 'bun', locks: ['bun.lock', 'bun.lockb'], install: 'bun install --frozen-lockfile', bare: 'bun install --no-save' },
  npm,
]
/** Left to itself, npm asks for more than a minute before it believes that there is no network. */
const patience = { npm_config_fetch_retries: '1', npm_config_fetch_retry_mintimeout: '1000' }

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

const parse = (text: string): Readonly<Record<string, unknown>> => {
  try {
    if (text.trim() === '') throw new Error('it is empty')
    return record(JSON.parse(text.replace(/^\uFEFF/, '')))
  } catch (error) {
    throw new TroupeError('INVALID_MESSAGE', `The package.json of the repository cannot be read: ${(error as Error).message}.`)
  }
}

const isLocked = (repo: string, tool: PackageTool) => tool.locks.some((lock) => existsSync(join(repo, lock)))

/** What the manifest names, or what left a lock file, or npm, which comes with Node. */
const chooseTool = (repo: string, manifest: Readonly<Record<string, unknown>>, notes: string[]): PackageTool => {
  const named = /^(pnpm|yarn|bun|npm)@/.exec(String(manifest['packageManager'] ?? ''))?.[1]
  const wanted = packageTools.find(({ name }) => name === named) ?? packageTools.find((tool) => isLocked(repo, tool)) ?? npm
  if (wanted !== npm && onPath(wanted.name)) return wanted
  if (!onPath('npm'))
    throw new TroupeError(
      'NOT_FOUND',
      'The scripts of package.json are run by npm, which is not on the PATH; install it, or mend the PATH.',
    )
  if (wanted === npm) return npm
  notes.push(`the repository asks for ${wanted.name}, which is not installed; npm runs the scripts instead`)
  return npm
}

/** Programs that watch when they are told so by `--watch`; the second kind also by `-w`, which elsewhere means other things. */
const watchers = /^(jest|ava|nodemon|tsx|node|karma|ng|tap|c8|nyc|react-scripts|parcel|swc|vue-cli-service|wireit)$/
const shortWatchers = /^(tsc|rollup|webpack|mocha|vitest|esbuild|babel|sass|postcss|tsup|stylus|lessc)$/

/** Whether a script would go on for ever: a program of it that is known to watch is told to. */
const watches = (script: string): boolean =>
  script.split(/&&|\|\||[;&|\n]/).some((command) => {
    const words = command.trim().split(/\s+/)
    const at = words.findIndex((word) => watchers.test(word) || shortWatchers.test(word))
    const flags = words.slice(at + 1)
    const long = flags.findIndex((word) => /^--watch(All|-all)?(=true)?$/.test(word))
    if (at < 0) return false
    return (long >= 0 && flags[long + 1] !== 'false') || (shortWatchers.test(words[at] ?? '') && flags.includes('-w'))
  })

/** Whether something that is declared can be found neither here nor, as in a workspace, further up. */
const lacksDependencies = (repo: string, manifest: Readonly<Record<string, unknown>>): boolean => {
  if (existsSync(join(repo, 'node_modules')) || existsSync(join(repo, '.pnp.cjs'))) return false
  const found = (name: string, dir: string): boolean =>
    existsSync(join(dir, 'node_modules', name)) || (dirname(dir) !== dir && found(name, dirname(dir)))
  const names = Object.keys({ ...record(manifest['dependencies']), ...record(manifest['devDependencies']) })
  return manifest['workspaces'] !== undefined || names.some((name) => !found(name, repo))
}

const auditWith = (repo: string, tool: PackageTool, manifest: Readonly<Record<string, unknown>>): Plan['audit'] => {
  if (isLocked(repo, npm)) return { command: 'npm audit --omit=dev --audit-level=high' }
  const other = packageTools.find((each) => each !== npm && isLocked(repo, each)) ?? tool
  if (other !== npm) return { skipped: `dependencies of ${other.name} are not audited` }
  const needed = Object.keys(record(manifest['dependencies'])).length > 0
  return { skipped: needed ? 'there is no lock file' : 'there are no dependencies' }
}

/** Reads it. Throws a `TroupeError` when it is no JSON. */
export const fromPackage = (repo: string, text: string, install: boolean): Plan => {
  const manifest = parse(text)
  const notes: string[] = []
  const unchecked: string[] = []
  const { scripts } = manifest
  if (scripts !== undefined && (typeof scripts !== 'object' || scripts === null || Array.isArray(scripts)))
    notes.push('the scripts of package.json are no object of names and commands')
  const tool = chooseTool(repo, manifest, notes)
  const offered = new Set<string>()
  for (const [name, script] of Object.entries(record(manifest['scripts']))) {
    if (!isKnown(name)) continue
    if (typeof script !== 'string') notes.push(`the script ${name} is no text`)
    else if (/no test specified/.test(script)) notes.push(`the script ${name} is the placeholder that npm writes`)
    else if (watches(script)) {
      notes.push(`the script ${name} watches files and would not end`)
      unchecked.push(name)
    } else offered.add(name)
  }
  const first: Job | undefined =
    install && lacksDependencies(repo, manifest)
      ? { id: 'install', title: 'install', command: isLocked(repo, tool) ? tool.install : tool.bare, needs: [], env: patience }
      : undefined
  const jobs = choose(offered, (name) => `${tool.name} run ${name}`, first)
  return {
    source: 'package.json',
    jobs: first && jobs.length > 0 ? [first, ...jobs] : jobs,
    audit: auditWith(repo, tool, manifest),
    notes,
    unchecked: unchecked.filter((name) => !isCovered(name, offered)),
  }
}
