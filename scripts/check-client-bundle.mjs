/** Bundles the browser's client as a page would, and holds what may be in it and how large it may be. */
import { dirname } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const limit = 25 * 1024
const root = dirname(import.meta.dirname)
const findings = []

// A node: module has no meaning in a page, so esbuild's own failure to resolve one is the first of the checks.
const { metafile, outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/client/index.ts'],
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  outdir: 'bundle',
  write: false,
  metafile: true,
  logLevel: 'error',
}).catch(() => {
  console.error('The client does not bundle for a browser: esbuild says why above.')
  process.exit(1)
})

const bytes = new Map(
  outputFiles.map((file) => [
    file.path.slice(root.length + 1).replaceAll('\\', '/'),
    gzipSync(file.contents, { level: 9 }).length,
  ]),
)
const [main] = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint) ?? []

/** The chunks that a page loads at once: the entry and what it imports statically. */
const eager = new Set()
const walk = (path) => {
  if (eager.has(path)) return
  eager.add(path)
  for (const { path: next, kind, external } of metafile.outputs[path].imports)
    if (!external && kind === 'import-statement') walk(next)
}
walk(main)

const packageOf = (input) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]
const packagesIn = (paths) =>
  new Set(
    paths.flatMap((path) =>
      Object.entries(metafile.outputs[path].inputs).flatMap(([input, { bytesInOutput }]) =>
        bytesInOutput > 0 ? [packageOf(input)] : [],
      ),
    ),
  )

const everywhere = packagesIn(Object.keys(metafile.outputs))
for (const name of ['ws', 'zod', 'xstate'])
  if (everywhere.has(name)) findings.push(`The client's bundle holds ${name}: a browser has no use for it.`)
for (const [name, asked] of [
  ['msgpackr', 'MessagePack is asked for'],
  ['jose', 'something is signed or encrypted'],
])
  if (packagesIn([...eager]).has(name)) findings.push(`${name} is in the part that loads at once: import it where ${asked}.`)
const outside = Object.values(metafile.outputs).flatMap((output) =>
  output.imports.filter(({ external }) => external).map(({ path }) => path),
)
for (const path of outside) findings.push(`The client's bundle leaves ${path} to be found by the page, which cannot find it.`)

const size = [...eager].reduce((sum, path) => sum + (bytes.get(path) ?? 0), 0)
const later = [...bytes].filter(([path]) => !eager.has(path)).reduce((sum, [, length]) => sum + length, 0)
if (size >= limit) findings.push(`The client is ${size} bytes gzipped; the limit is ${limit}.`)

console.log(
  `client: ${(size / 1024).toFixed(1)} KB gzipped (limit ${limit / 1024} KB), ${(later / 1024).toFixed(1)} KB more where MessagePack and keys are asked for`,
)
for (const finding of findings) console.error(finding)
process.exit(findings.length === 0 ? 0 : 1)
