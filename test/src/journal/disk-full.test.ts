import { execFileSync, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end()
})

const directory = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'troupe-small-'))
  ends.push(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const mount = (dir: string): void => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', dir], { stdio: 'pipe' })
}
const unmount = (dir: string): void => {
  execFileSync('umount', ['-l', dir], { stdio: 'pipe' })
}

const mayMount = (): boolean => {
  const dir = directory()
  try {
    mount(dir)
    unmount(dir)
    return true
  } catch {
    return false
  } finally {
    for (const end of ends.splice(0)) end()
  }
}

/** What the process that fills the disk found: how far the journal was kept when it was full, and how much is there in the end. Rejects with what did not hold. */
const filled = (dir: string, way: 'limit' | 'disk'): Promise<{ readonly durable: number; readonly kept: number }> =>
  new Promise((resolve, reject) => {
    const file = new URL('../../kit/full-disk.ts', import.meta.url)
    const child = fork(file, [dir, way], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    ends.push(() => void child.kill('SIGKILL'))
    let said = ''
    child.stderr?.on('data', (piece: Buffer) => {
      said += piece.toString()
    })
    child.once('message', resolve)
    child.once('exit', (code, signal) => reject(new Error(`It ended with ${code ?? signal}: ${said}`)))
  })

describe('a journal on a disk that is full', { timeout: 60_000 }, () => {
  it('loses nothing that it called kept, says so once, and goes on by itself when it may write again', async () => {
    const { durable, kept } = await filled(directory(), 'limit')
    expect(durable).toBeGreaterThan(0)
    expect(kept).toBeGreaterThan(2)
  })

  // The same with another error of the system, and only where this process may mount a small disk.
  it.skipIf(!mayMount())('does so on a small disk, too', async () => {
    const dir = directory()
    mount(dir)
    ends.push(() => unmount(dir))
    expect((await filled(dir, 'disk')).kept).toBeGreaterThan(2)
  })
})
