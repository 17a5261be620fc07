/** Packs what would be published, looks at it as publint and attw do, installs it in an empty folder and uses it there, without tsx. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const root = dirname(import.meta.dirname)
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const attwManifest = fileURLToPath(import.meta.resolve('@arethetypeswrong/cli/package.json'))
const attw = join(dirname(attwManifest), JSON.parse(readFileSync(attwManifest, 'utf8')).bin.attw)
const place = mkdtempSync(join(tmpdir(), 'troupe-package-'))
const findings = []

// What npm tells its scripts about this package must not reach the npm that works in the other folder.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 })
const attempt = (sentence, work) => {
  try {
    return work()
  } catch (error) {
    findings.push(`${sentence}\n${[error.stdout, error.stderr].filter(Boolean).join('\n') || error.message}`.trimEnd())
    return undefined
  }
}

const pack = () => {
  const [packed] = JSON.parse(run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', place], root))
  const strange = packed.files
    .map(({ path }) => path)
    .filter((path) => !/^(dist\/|(package|asyncapi)\.json$|[A-Z]+(\.md)?$)/.test(path))
  if (strange.length > 0) findings.push(`The package holds what no user needs: ${strange.join(', ')}.`)
  console.log(
    `package: ${packed.files.length} files, ${Math.round(packed.size / 1024)} KB packed, ${Math.round(packed.unpackedSize / 1024)} KB unpacked`,
  )
  return join(place, packed.filename)
}

const lint = async (tarball) => {
  const { messages, pkg } = await publint({
    strict: true,
    pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer },
  })
  // Where the source is kept is known only once it is published.
  for (const message of messages) if (message.type !== 'suggestion') findings.push(`publint: ${formatMessage(message, pkg)}`)
}

const use = (tarball) => {
  const folder = join(place, 'elsewhere')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', tarball], folder)

  const version = run(join(folder, 'node_modules/.bin/troupe'), ['--version'], folder).trim()
  if (version !== manifest.version) findings.push(`troupe --version says ${version}; package.json says ${manifest.version}.`)

  const doors = Object.keys(manifest.exports)
    .filter((door) => !door.endsWith('.json'))
    .map((door) => door.replace('.', manifest.name))
  const script = doors
    .map((door) => `console.log(${JSON.stringify(door)}, Object.keys(await import(${JSON.stringify(door)})).length)`)
    .join('\n')
  writeFileSync(join(folder, 'doors.mjs'), script)
  console.log(
    run(process.execPath, ['doors.mjs'], folder)
      .trimEnd()
      .replaceAll(/^(\S+) (\d+)$/gm, 'imported $1: $2 names'),
  )
}

/** The example of a dialect outside the house, copied as a user copies it: it compiles against what is packed, and runs. */
const extend = () => {
  const folder = join(place, 'elsewhere')
  cpSync(join(root, 'examples/own-dialect'), join(folder, 'own-dialect'), { recursive: true })
  // What a user installs beside it, so that TypeScript knows Node and the client's socket.
  for (const types of ['@types/node', '@types/ws', 'undici-types'])
    cpSync(join(root, 'node_modules', types), join(folder, 'node_modules', types), { recursive: true })
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2023', 'ESNext.Disposable'],
    module: 'NodeNext',
    strict: true,
    skipLibCheck: true,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['own-dialect'] }))
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], folder)
  const said = run(process.execPath, ['own-dialect/main.js'], folder)
  if (!/the lamp is lit/.test(said)) findings.push(`The example own-dialect does not do elsewhere what it does here:\n${said}`)
  console.log('compiled and ran own-dialect as a copy')
}

try {
  const tarball = attempt('npm pack failed:', pack)
  if (tarball) {
    await lint(tarball)
    attempt('attw:', () => run(process.execPath, [attw, tarball, '--profile', 'esm-only', '--no-emoji', '--no-color'], root))
    attempt('The packed package does not work in an empty folder:', () => use(tarball))
    attempt('The example own-dialect does not work as a copy:', extend)
  }
} finally {
  rmSync(place, { recursive: true, force: true })
}

for (const finding of findings) console.error(finding)
process.exit(findings.length === 0 ? 0 : 1)
