import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the tour', { timeout: 60_000 }, () => {
  it('runs from beginning to end and ends by itself', async () => {
    const { code, out } = await new Promise<{ code: number | null; out: string }>((resolve) => {
      const child = execFile(process.execPath, ['--import', 'tsx', 'examples/tour/main.ts'], { cwd: root }, (_, stdout) =>
        resolve({ code: child.exitCode, out: stdout }),
      )
    })
    expect(out).toMatch(/^verdict: pass$/m)
    expect(out).toMatch(/^decision: merge$/m)
    expect(out).toMatch(/^seen from afar: \S+ completed$/m)
    expect(code).toBe(0)
  })
})
