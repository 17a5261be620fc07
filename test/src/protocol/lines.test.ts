/** The lines of what the tasks of a swarm print. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withPiece } from '../../../src/protocol/fold/lines.js'
import type { PrintedLine } from '../../../src/protocol/view.js'

const print = (lines: readonly PrintedLine[], text: string, stream: 'stdout' | 'stderr' = 'stdout', task = 't') =>
  withPiece(lines, { at: 1, offset: 1, task, agent: 'ada', stream, text })
const texts = (lines: readonly PrintedLine[]) => lines.map(({ text }) => text)

describe('the lines of a swarm', () => {
  it('are the last 50, however many come in one piece', () => {
    const all = Array.from({ length: 500 }, (_, at) => `${at + 1}`)
    expect(texts(print([], `${all.join('\n')}\n`))).toEqual(all.slice(-50))
  })

  it('are those of the whole text of each stream, wherever its pieces are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('stdout', 'stderr'), fc.string({ unit: fc.constantFrom('a', 'b', '\n') }))),
        (pieces) => {
          let lines: readonly PrintedLine[] = []
          const whole = { stdout: '', stderr: '' }
          for (const [stream, text] of pieces) {
            lines = print(lines, text, stream)
            whole[stream] += text
          }
          fc.pre(lines.length < 50)
          for (const stream of ['stdout', 'stderr'] as const)
            expect(texts(lines.filter((line) => line.stream === stream))).toEqual(
              whole[stream]
                .replace(/\n$/, '')
                .split('\n')
                .slice(whole[stream] === '' ? 1 : 0),
            )
        },
      ),
    )
  })

  it('go on after other tasks and streams have printed, at the place where they began', () => {
    const begun = print([], 'one, ')
    expect(begun).toMatchObject([{ text: 'one, ', open: true }])
    const lines = print(print(print(begun, 'odd\n', 'stderr'), 'other\r\n', 'stdout', 'u'), 'two\nthree')
    expect(lines.map(({ text, open }) => [text, open ?? false])).toEqual([
      ['one, two', false],
      ['odd', false],
      ['other', false],
      ['three', true],
    ])
  })

  it('are bounded: of a long line its first 1,000 characters are kept, with a mark', () => {
    let lines = print([], `${'x'.repeat(1_000)}\n`)
    for (let at = 0; at < 10; at++) lines = print(lines, 'y'.repeat(400))
    expect(texts(lines)).toEqual(['x'.repeat(1_000), `${'y'.repeat(999)}…`])
  })
})
