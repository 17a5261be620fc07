import { execFileSync } from 'node:child_process'
import { symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { createSystem } from 'troupe'
import { afterEach, describe, expect, it } from 'vitest'
import { inspector } from '../../../examples/ci/inspect.js'
import { cleanUp, repository } from '../../kit/command.js'

afterEach(cleanUp)

const key = `AKIA${'ABCDEFGH23456789'}`

const inspect = async (type: 'secrets' | 'large', repo: string) => {
  await using system = createSystem()
  return await system.spawn(inspector).ask({ type, repo })
}

describe('the inspector', () => {
  it('finds each kind of secret and says in which file', async () => {
    const repo = repository({
      a: `x = ${key}`,
      b: `gh${'p_'}${'a1'.repeat(20)}`,
      c: `np${'m_'}${'a1'.repeat(18)}`,
      d: `-----BEGIN ${'RSA '}PRIVATE KEY-----\n${'abcd'.repeat(16)}\n`,
      e: 'AKIA and ghp_short, and -----BEGIN PRIVATE KEY----- as a word',
    })
    const { findings } = (await inspect('secrets', repo)) as { findings: string[] }
    expect(findings.sort()).toEqual([
      'a seems to hold an AWS access key',
      'b seems to hold a GitHub token',
      'c seems to hold an npm token',
      'd seems to hold a private key',
    ])
  })

  it('looks at what git tracks, and without git at everything but what was fetched or built', async () => {
    const files = { tracked: key, untracked: key, 'node_modules/a/index.js': key }
    const tracked = repository(files)
    execFileSync('git', ['init', '-q'], { cwd: tracked })
    execFileSync('git', ['add', 'tracked'], { cwd: tracked })
    expect(await inspect('secrets', tracked)).toEqual({ findings: ['tracked seems to hold an AWS access key'] })
    expect(await inspect('secrets', repository(files))).toMatchObject({ findings: { length: 2 } })
  })

  it('follows no link, since one may lead to what has no end, and forgives a file that is gone', async () => {
    const repo = repository({ gone: '' })
    symlinkSync('/dev/zero', join(repo, 'endless'))
    execFileSync('git', ['init', '-q'], { cwd: repo })
    execFileSync('git', ['add', '.'], { cwd: repo })
    execFileSync('rm', ['gone'], { cwd: repo })
    expect(await inspect('secrets', repo)).toEqual({ findings: [] })
    expect(await inspect('large', repo)).toEqual({ findings: [] })
  })

  it('names files above five megabytes with their size', async () => {
    const repo = repository({ big: '', small: '' })
    truncateSync(join(repo, 'big'), 7_340_032)
    truncateSync(join(repo, 'small'), 5_242_880)
    expect(await inspect('large', repo)).toEqual({ findings: ['big has 7.0 MB'] })
  })
})
