import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { keptSecret } from '../../../bridge/access/kept-secret.js'

const made: string[] = []
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true })
})

const directory = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'troupe-kept-'))
  made.push(dir)
  return dir
}

describe('the secret of a data directory', () => {
  it('is made once, for its owner alone, and is the same for all who come at once', async () => {
    const dir = join(directory(), 'data')
    const all = await Promise.all(Array.from({ length: 20 }, () => keptSecret(dir)))
    expect(new Set(all).size).toBe(1)
    expect(all[0]).toMatch(/^[\w-]{43}$/)
    expect(statSync(join(dir, 'secret')).mode & 0o777).toBe(0o600)
    expect(statSync(dir).mode & 0o077).toBe(0)
    expect(readdirSync(dir)).toEqual(['secret'])
    expect(await keptSecret(dir)).toBe(all[0])
    expect(await keptSecret(directory())).not.toBe(all[0])
  })

  it.each([
    [0o640, 'may be read or written by others'],
    [0o604, 'may be read or written by others'],
    [0o620, 'may be read or written by others'],
  ])('with mode %o is refused', async (mode, why) => {
    const dir = directory()
    await keptSecret(dir)
    chmodSync(join(dir, 'secret'), mode)
    await expect(keptSecret(dir)).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining(why) })
  })

  it('that is short, no file, or a link to one, is refused and not quoted', async () => {
    const [short, folder, link] = [directory(), directory(), directory()]
    writeFileSync(join(short, 'secret'), 'hunter2', { mode: 0o600 })
    mkdirSync(join(folder, 'secret'), { mode: 0o700 })
    await keptSecret(directory()).then(() => symlinkSync(join(made.at(-1) ?? '', 'secret'), join(link, 'secret')))
    const refusals = await Promise.all(
      [short, folder, link].map((dir) => keptSecret(dir).catch((thrown: unknown) => thrown as Error & { code: string })),
    )
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'INVALID_OPTION' })
    expect(refusals.map(String).join()).not.toContain('hunter2')
  })
})
