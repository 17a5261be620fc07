/** Builds `dist`: emptied first, so that nothing of an earlier build is packed. */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const binary = join(root, 'dist/bridge/cli/main.js')

rmSync(join(root, 'dist'), { recursive: true, force: true })
try {
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })
} catch {
  console.error('The build failed: TypeScript says why above.')
  process.exit(1)
}
if (existsSync(binary)) chmodSync(binary, 0o755)
else {
  console.error(`The build made no ${binary}, which package.json names as the command "troupe".`)
  process.exit(1)
}
