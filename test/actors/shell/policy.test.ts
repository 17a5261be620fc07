/** What a policy lets through, held against a real shell. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkCommand, fitsRule, type ShellPolicy } from '../../../actors/shell/policy.js'
import { TroupeError } from '../../../src/errors.js'

const verdict = (line: string, policy: ShellPolicy): string => {
  try {
    checkCommand(line, policy)
    return 'runs'
  } catch (error) {
    expect(error).toMatchObject({ code: 'POLICY' })
    return error instanceof TroupeError ? error.message : 'not one of ours'
  }
}

describe('a policy', () => {
  it.each<[string, ShellPolicy, string | RegExp]>([
    ['npm test', {}, 'runs'],
    ['npm test', { allow: ['npm *'] }, 'runs'],
    ['npm test && rm -rf /', { allow: ['npm *'] }, /"rm -rf \/" is not among those allowed/],
    ['npm test "a && b"', { allow: ['npm *'] }, 'runs'],
    ['npm test $(rm x)', { allow: ['npm *'] }, /runs another command inside/],
    ['npm test `rm x`', { allow: ['npm *'] }, /runs another command inside/],
    ['echo a; sudo b', { deny: ['sudo *'] }, /"sudo b" is denied by the rule sudo \*/],
    ['echo sudo', { deny: [/^sudo/] }, 'runs'],
    ['git push', { allow: ['git *'], deny: ['git push*'] }, /denied/],
    ['  ', {}, /empty/],
    ['echo \0', {}, /NUL/],
    ['echo long', { maxLength: 5 }, /9 characters; 5 are allowed/],
    ['npm test 2>&1', { allow: ['npm *'] }, 'runs'],
    ["npm test '$(date)'", { allow: ['npm *'] }, 'runs'],
    ['npm run eval', { allow: ['npm *'] }, 'runs'],
    ["npm test # '\nrm -rf x", { allow: ['npm *'] }, /holds a comment/],
    ["npm x <<E\nnpm '\nE\nrm -rf x", { allow: ['npm *'] }, /holds a here-document/],
    ['npm () ( rm x )', { allow: ['npm *'] }, /"npm" is not among those allowed/],
    ['PATH=. npm test', { allow: ['npm *'] }, /not among those allowed/],
    ['(sudo b)', { deny: ['sudo *'] }, /"sudo b" is denied by the rule sudo \*/],
    ['{ sudo b; }', { deny: ['sudo *'] }, /denied/],
    ['if A=1 sudo b; then c; fi', { deny: ['sudo *'] }, /denied/],
    ['su"do" b', { deny: ['sudo *'] }, /denied/],
    ['git $@push', { allow: ['git *'], deny: ['git push*'] }, /expands a variable/],
    ['git  push', { allow: ['git *'], deny: ['git push*'] }, /denied/],
    ['sudo\tb', { deny: ['sudo *'] }, /denied/],
    ['rm>o x', { deny: ['rm *', 'rm'] }, /denied/],
    ['su"do" b', { deny: ['sudo *'], shell: false }, /denied/],
    ['a && b', { shell: false, deny: ['c'] }, /an unquoted &/],
    ['a', { deny: [/^a/g] }, /denied by the rule \/\^a\/g/],
  ])('on %j under %j says so', (line, policy, expected) => {
    expect(verdict(line, policy)).toMatch(expected)
  })

  it('judges the same line the same way twice, whatever kind of RegExp it is given', () => {
    const policy = { allow: [/^npm/gy] }
    expect([verdict('npm test', policy), verdict('npm test', policy)]).toEqual(['runs', 'runs'])
  })
})

describe('a rule in which * stands for anything', () => {
  it('fits what the same rule as a RegExp fits', () => {
    const text = (chars: string, maxLength: number) =>
      fc.array(fc.constantFrom(...chars), { maxLength }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text('ab*', 8), text('ab\n', 12), (rule, line) => {
        expect(fitsRule(rule, line)).toBe(new RegExp(`^${rule.replaceAll('*', '.*')}$`, 's').test(line))
      }),
      { numRuns: 2_000 },
    )
  })

  it('costs a hostile line no more than a few looks along it', () => {
    // By a RegExp of four stars this takes longer than a test may, by many orders.
    expect(fitsRule('*rm*rm*rm*-rf*x', 'rm'.repeat(16_000))).toBe(false)
  })
})

describe('an allow list', () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'troupe-policy-'))
    // Redirections write where no program is.
    mkdirSync(join(dir, 'work'))
    writeFileSync(join(dir, 'mark'), `#!/bin/sh\necho ran >> '${dir}/log'\n`, { mode: 0o755 })
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it('lets a real shell run nothing else, whatever quotes, comments and brackets stand in the line', () => {
    // biome-ignore format: a table of fragments reads better in rows.
    const fragments = [
      'echo ', 'mark', ' mark ', "'", '"', ';', '\n', '#', ' #', '\\', '$', '$x', '\\\n', `\${x}`, '${x:-', "${x#'", '}', '>', '<', '>&', '&', '|',
      '(', ')', '{ ', ' }', ' ', '`', '$(', "$'", '$"', '<<', 'E\n', ' a ', '1', '!', '\t', '=', '2>&1', '>|',
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...fragments), { maxLength: 14 }), (parts) => {
        const line = `echo ${parts.join('')}`
        if (!line.includes('mark') || verdict(line, { allow: ['echo *', 'echo'] }) !== 'runs') return
        spawnSync('/bin/sh', ['-c', line], { cwd: join(dir, 'work'), env: { PATH: dir, x: `a"b'c` }, input: '' })
        expect(existsSync(join(dir, 'log')), JSON.stringify(line)).toBe(false)
      }),
      // What was found by trying for a long time, so that it is tried every time.
      { numRuns: 3_000, examples: [[[' #', '"', '\n', ' mark ']], [['<<', 'E\n', 'echo ', "'", '\n', 'E\n', 'mark']]] },
    )
  })
})
