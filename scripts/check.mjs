/** Runs every gate, the cheapest first, and says of each how it went. Those that failed are told in full at the end of theirs. */
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'

const root = dirname(import.meta.dirname)

/** Each is a script of package.json, so that one can be run alone. A gate with `needs` is left out when that one failed. */
const gates = [
  { script: 'lint', holds: 'format and lint' },
  { script: 'layers', holds: 'who may import whom' },
  { script: 'unused', holds: 'nothing lies about unused' },
  { script: 'check:client', holds: 'what a page has to load' },
  { script: 'typecheck', holds: 'types, and that src needs no Node' },
  { script: 'build', holds: 'dist' },
  { script: 'check:package', holds: 'the packed package works elsewhere', needs: 'build' },
]

const failed = new Set()
const begun = performance.now()
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`

for (const { script, holds, needs } of gates) {
  if (failed.has(needs)) {
    failed.add(script)
    console.log(`skipped ${script}: ${needs} failed`)
    continue
  }
  const since = performance.now()
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', script], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) failed.add(script)
  console.log(`${status === 0 ? 'ok     ' : 'FAILED '} ${script}: ${holds} (${seconds(since)})`)
  const said = (status === 0 && !script.startsWith('check:') ? '' : `${stdout}${status === 0 ? '' : stderr}`).trimEnd()
  if (said) console.log(said.replaceAll(/^/gm, '        '))
}

console.log(
  failed.size === 0
    ? `All ${gates.length} gates passed in ${seconds(begun)}.`
    : `${failed.size} of ${gates.length} gates failed: ${[...failed].join(', ')}.`,
)
process.exit(failed.size === 0 ? 0 : 1)
