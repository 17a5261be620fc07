import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { find, type Kind, matching, type Target } from '../../bridge/cli/target.js'

const target = (id: string, name = '', more: Partial<Target> = {}): Target => ({ kind: 'agent', id, name, ended: false, ...more })
const agents = { of: ['agent'] as readonly Kind[] }

describe('what a command is about', () => {
  it('is found by its id, else by its name, else by the beginning of its id', () => {
    const known = [target('ada', 'bob'), target('bob', 'the other'), target('bobby', 'ad')]
    expect(find(known, 'bob', agents).id).toBe('bob')
    expect(find(known, 'ad', agents).id).toBe('bobby')
    expect(find(known, 'bobb', agents).id).toBe('bobby')
    expect(find(known, 'the other', agents).id).toBe('bob')
  })

  it('is found by the beginning of an id exactly where one id begins so', () => {
    const ids = fc.uniqueArray(fc.stringMatching(/^[ab]{1,5}$/), { maxLength: 8 })
    fc.assert(
      fc.property(ids, fc.stringMatching(/^[ab]{1,4}$/), (known, wanted) => {
        const naive = known.includes(wanted) ? [wanted] : known.filter((id) => id.startsWith(wanted))
        const found = matching(
          known.map((id) => target(id)),
          wanted,
        )
        expect(found.map(({ id }) => id)).toEqual(naive)
      }),
    )
  })

  it('lives, where something that has ended would fit as well', () => {
    const known = [target('w1', 'w', { ended: true }), target('w2', 'w'), target('x1', 'x', { ended: true })]
    expect(find(known, 'w', agents).id).toBe('w2')
    expect(find(known, 'x', agents).id).toBe('x1')
    expect(() => find(known, 'w', { ...agents, ended: true })).toThrow('2 are called w; say which by its id: w1 (w), w2 (w).')
  })

  it('is asked for with the candidates where several fit', () => {
    const known = [target('01a', 'Ada'), target('01b', 'bob'), target('02', 'bob')]
    expect(() => find(known, 'bob', agents)).toThrow('2 are called bob; say which by its id: 01b (bob), 02 (bob).')
    expect(() => find(known, '01', agents)).toThrow('2 ids begin with 01; write more of the one you mean: 01a (Ada), 01b (bob).')
    const many = Array.from({ length: 12 }, (_, at) => target(`w${at}`))
    expect(() => find(many, 'w', agents)).toThrow(/w9 and 2 more\.$/)
  })

  it('is refused by what it is, or with what is there', () => {
    const known = [target('ada', 'Ada'), target('t1', 'build', { kind: 'task' })]
    expect(() => find(known, 't1', agents)).toThrow('Expected an agent; t1 is a task.')
    expect(() => find(known, 'eve', agents)).toThrow(/^Expected an agent .*; got "eve"\. These are there: ada \(Ada\)\.$/)
    expect(() => find(known, '', { of: ['agent', 'task', 'swarm'] })).toThrow(
      /^Expected an agent, a task or a swarm .* These are there: ada \(agent Ada\), t1 \(task build\)\.$/,
    )
    expect(() => find([], 'eve', agents)).toThrow(/There is none\.$/)
  })

  it('names nobody in a way that would move a cursor', () => {
    const known = [target('a1', 'x\u001b[2J\u009b1A'), target('a2')]
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    expect(() => find(known, 'a', agents)).toThrow(/^[^\u0000-\u001f\u007f-\u009f]+$/)
  })
})
