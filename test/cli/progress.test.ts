import { stripVTControlCharacters } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { showProgress } from '../../bridge/cli/progress.js'
import { checkRepository } from '../../examples/ci/index.js'
import { createSystem } from '../../src/system/system.js'
import { cleanUp, repository } from '../kit/command.js'

afterEach(cleanUp)

/** A terminal that keeps what was written. */
const terminal = (columns: number) => {
  const written: string[] = []
  const out = { isTTY: true, columns, write: (text: string) => written.push(text) > 0 }
  // What the progress uses of a stream, and no more.
  return { written, out: out as unknown as NodeJS.WriteStream }
}

const seen = async (columns: number) => {
  await using system = createSystem()
  const check = await checkRepository(system, { repo: repository({ 'package.json': { scripts: { test: 'exit 3' } } }) })
  const { out, written } = terminal(columns)
  const stop = showProgress(system, check, out)
  await check.report
  stop()
  return written
}

describe('the picture of a check', { timeout: 60_000 }, () => {
  it('has one line a task and the whole progress, and ends with the last state and the cursor back', async () => {
    const written = await seen(80)
    expect(written[0]).toBe('\u001b[?25l')
    expect(written.at(-1)).toBe('\u001b[?25h')
    const last = stripVTControlCharacters(written.at(-2) ?? '').split('\n')
    expect(last[0]).toMatch(/✗ test {9}.*, 2 tries$/)
    expect(last[1]).toMatch(/✓ secrets {6}\d/)
    expect(last[3]).toBe('100 %')
    // It goes up over exactly the lines of the picture before.
    expect(written.at(-2)).toContain('\u001b[4A')
  })

  it('fits a narrow terminal, with room for a word', async () => {
    const text = stripVTControlCharacters((await seen(14)).join('\n')).replaceAll('\r', '')
    const lines = text.split('\n').filter((line) => /[✓✗·⠋]/.test(line))
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) expect(line.length).toBeLessThan(14)
  })
})
