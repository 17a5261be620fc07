/** What is looked at beside the repository's own checks: advice, not a condition. */
import { execFile } from 'node:child_process'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { agent } from 'troupe/actors'
import { z } from 'zod'

interface Findings {
  readonly findings: readonly string[]
}

/** Files above this are better kept elsewhere, in bytes. */
const large = 5_242_880
/** Larger files are not read for secrets. */
const readable = 1_048_576
/** Files that are looked at, at the most. */
const most = 20_000

const secrets: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN (?:RSA |EC |OPENSSH |DSA |PGP )?PRIVATE KEY(?: BLOCK)?-----\s*\n[A-Za-z0-9+/=\n]{40}/],
  ['an AWS access key', /\bAKIA[0-9A-Z]{16}\b/],
  ['a GitHub token', /\bgh[pousr]_[A-Za-z0-9]{36,}\b/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['a Slack token', /\bxox[abprs]-[A-Za-z0-9-]{20,}\b/],
]

const skipped = new Set(['.git', 'node_modules', 'dist', 'build', 'target', 'coverage', '.venv', 'vendor'])

async function* walk(dir: string, tell: (trouble: string) => void, prefix = ''): AsyncGenerator<string> {
  // A directory that may not be read, such as a database's, holds nothing that could be told of it.
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: Error) => {
    tell(`${prefix || '.'} was left out: ${error.message}\n`)
    return []
  })
  for (const entry of entries) {
    if (entry.isDirectory() && !skipped.has(entry.name)) yield* walk(join(dir, entry.name), tell, `${prefix}${entry.name}/`)
    else if (entry.isFile()) yield prefix + entry.name
  }
}

/** What git tracks, or without git what is there. */
const filesOf = async (repo: string, signal: AbortSignal, tell: (trouble: string) => void): Promise<string[]> => {
  const tracked = await new Promise<string[] | undefined>((resolve) => {
    execFile('git', ['ls-files', '-z'], { cwd: repo, maxBuffer: 67_108_864, signal }, (error, stdout) =>
      resolve(error ? undefined : stdout.split('\0').filter(Boolean)),
    )
  })
  if (tracked && tracked.length > 0) return tracked.slice(0, most)
  const files: string[] = []
  for await (const file of walk(repo, tell)) if (files.push(file) >= most) break
  return files
}

/** In bytes; not a number for what is no file: a link may lead to a device that has no end. */
const sizeOf = (path: string): Promise<number> =>
  lstat(path).then(
    (facts) => (facts.isFile() ? facts.size : Number.NaN),
    () => Number.NaN,
  )

const repository = { repo: z.string() }

/** Looks at files, in this process. */
export const inspector = agent('inspector', {
  hears: { secrets: repository, large: repository },
  concurrency: 2,
  on: {
    async secrets({ repo }, { signal, checkpoint, progress, output }): Promise<Findings> {
      const findings: string[] = []
      const files = await filesOf(repo, signal, (trouble) => output(trouble, 'stderr'))
      for (const [at, file] of files.entries()) {
        if (at % 100 === 0) {
          await checkpoint()
          progress((at / files.length) * 100)
        }
        const path = join(repo, file)
        // A file that went away meanwhile, or may not be read, holds nothing that could be told of it.
        const text = (await sizeOf(path)) <= readable ? await readFile(path, 'latin1').catch(() => '') : ''
        for (const [what, pattern] of secrets) if (pattern.test(text)) findings.push(`${file} seems to hold ${what}`)
      }
      return { findings }
    },
    async large({ repo }, { signal, checkpoint, output }): Promise<Findings> {
      const findings: string[] = []
      for (const file of await filesOf(repo, signal, (trouble) => output(trouble, 'stderr'))) {
        await checkpoint()
        const size = await sizeOf(join(repo, file))
        if (size > large) findings.push(`${file} has ${(size / 1_048_576).toFixed(1)} MB`)
      }
      return { findings }
    },
  },
})
