/** Who may import whom, held by the same rules as `npm run layers`. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')

interface Violation {
  readonly from: string
  readonly to: string
  readonly rule: { readonly name: string }
}

/** What breaks a rule in the house that stands in `place`: `rule: from → to`. */
const violations = (place: string): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const args = [
      depcruise,
      '--config',
      join(root, '.dependency-cruiser.cjs'),
      '--output-type',
      'json',
      'src',
      'actors',
      'bridge',
      'examples',
    ]
    execFile(process.execPath, args, { cwd: place, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (stdout === '') return reject(error ?? new Error(stderr))
      // The shape is dependency-cruiser's own; what is read of it is named above.
      const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[] } }
      resolve(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to.replace(/^.*node_modules\//, '')}`))
    })
  })

describe('the layers', () => {
  const place = mkdtempSync(join(tmpdir(), 'troupe-layers-'))
  afterAll(() => rmSync(place, { recursive: true, force: true }))

  it('are kept', async () => {
    expect(await violations(root)).toEqual([])
  })

  it('are held by rules that notice', async () => {
    const house: Record<string, string> = {
      'src/index.ts': "export type { Dialect } from '../bridge/dialect.js'\nimport 'node:fs'",
      'src/channel.ts': 'export {}',
      'src/one.ts': "export type { Two } from './two.js'\nexport interface One {}",
      'src/two.ts': "export type { One } from './one.js'\nexport interface Two {}",
      'actors/index.ts': "import '../bridge/dialect.js'\nexport type { WebSocket } from 'ws'",
      'bridge/dialect.ts': "import '../actors/index.js'\nexport interface Dialect {}",
      'bridge/session.ts': "export type { AnyActor } from 'xstate'",
      'bridge/cli/main.ts': "import '../../actors/index.js'",
      'bridge/dialects/a/index.ts': "import '../../dialect.js'\nimport '../../../src/channel.js'\nimport 'zod'",
      'examples/one/main.ts': "import '../../src/channel.js'\nimport 'nowhere'",
      'tsconfig.json': JSON.stringify({ compilerOptions: { module: 'NodeNext', moduleResolution: 'NodeNext' } }),
      'package.json': JSON.stringify({ type: 'module', dependencies: { ws: '*', xstate: '*', zod: '*' } }),
    }
    for (const [path, text] of Object.entries(house)) {
      mkdirSync(dirname(join(place, path)), { recursive: true })
      writeFileSync(join(place, path), text)
    }
    symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
    const found = (await violations(place)).map((violation) => violation.replace(/ → (ws|xstate)\/.*$/, ' → $1'))
    expect([...new Set(found)].sort()).toEqual([
      'a-dialect-is-pure: bridge/dialects/a/index.ts → src/channel.ts',
      'actors-stand-on-src: actors/index.ts → bridge/dialect.ts',
      'bridge-stands-on-src: bridge/dialect.ts → actors/index.ts',
      'examples-use-doors: examples/one/main.ts → src/channel.ts',
      expect.stringMatching(
        /^no-circles: actors\/index.ts → bridge\/dialect.ts$|^no-circles: bridge\/dialect.ts → actors\/index.ts$/,
      ),
      expect.stringMatching(/^no-circles: src\/(one|two)\.ts/),
      'no-undeclared: examples/one/main.ts → nowhere',
      'one-file-imports-ws: actors/index.ts → ws',
      'src-is-isomorphic: src/index.ts → fs',
      'src-stands-alone: src/index.ts → bridge/dialect.ts',
      'xstate-in-machines-only: bridge/session.ts → xstate',
    ])
  })
})
