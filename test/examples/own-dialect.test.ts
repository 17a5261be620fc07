import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the dialect of your own', { timeout: 60_000 }, () => {
  it('is spoken, understood and ended by its own client', async () => {
    const { code, out } = await new Promise<{ code: number | null; out: string }>((resolve) => {
      const child = execFile(process.execPath, ['--import', 'tsx', 'examples/own-dialect/main.ts'], { cwd: root }, (_, stdout) =>
        resolve({ code: child.exitCode, out: stdout }),
      )
    })
    expect(out).toMatch(/^← {"tell":"inside","ref":"1","who":"keeper"/m)
    expect(out).toMatch(/^← {"tell":"refused","ref":"3","code":"NOT_FOUND"/m)
    expect(out).toMatch(/^← {"tell":"refused","ref":"4","code":"INVALID_MESSAGE"/m)
    expect(out).toMatch(/^← {"tell":"printed","ref":"2","agent":"harbour","text":"the lamp is lit\\n"}$/m)
    expect(out).toMatch(/^← {"tell":"ended","ref":"2",.*"state":"completed"}$/m)
    expect(out).toMatch(/^closed: 1000$/m)
    expect(code).toBe(0)
  })
})
