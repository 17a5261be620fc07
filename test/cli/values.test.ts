import { describe, expect, it } from 'vitest'
import { jsonLine, valueText } from '../../bridge/cli/print.js'
import { countOf, durationOf, messageOf, objectOf, readable, size } from '../../bridge/cli/values.js'

describe('what is written on a command line', () => {
  it.each([
    ['500ms', 500],
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    [' 7d ', 604_800_000],
  ])('reads %s as a duration', (text, milliseconds) => expect(durationOf(text)).toBe(milliseconds))

  it('is refused with the option that it was given in', () => {
    for (const text of ['15', '0s', '-1s', 'soon', '', '4000d'])
      expect(() => durationOf(text, '--grace')).toThrow(
        `--grace expects a duration such as 90s, 15m, 1h or 7d, ten years at the most; got ${JSON.stringify(text)}.`,
      )
    expect(countOf('1000', '--limit', 1_000)).toBe(1_000)
    for (const text of ['0', '1001', '1e2', 'many'])
      expect(() => countOf(text, '--limit', 1_000)).toThrow(`from 1 to 1000; got ${JSON.stringify(text)}.`)
  })

  it('is a message only when it is JSON with a type', () => {
    expect(messageOf('{"type":"run","command":"ls"}')).toEqual({ type: 'run', command: 'ls' })
    for (const text of ['run', '["run"]', 'null', '{broken'])
      expect(() => messageOf(text)).toThrow(/A message expects JSON such as/)
    for (const text of ['{}', '{"type":7}', '{"type":""}']) expect(() => messageOf(text)).toThrow(/A message says its type/)
    expect(() => objectOf('[]', '--options', '{}')).toThrow('--options expects JSON such as {}; got "[]".')
  })
})

describe('what is printed', () => {
  it.each([
    [12, '12 ms'],
    [1_234, '1.2 s'],
    [61_000, '1 min 1 s'],
    [119_999, '2 min 0 s'],
    [3_600_000, '1 h 0 min'],
    [90_061_000, '1 d 1 h'],
  ])('tells %d milliseconds as %s', (milliseconds, text) => expect(readable(milliseconds)).toBe(text))

  it('tells bytes as a person reads them', () => {
    expect([51_200, 12_900_000, 3_221_225_472].map(size)).toEqual(['50 KiB', '12.3 MiB', '3.0 GiB'])
  })

  it('keeps every character in JSON, and lets none reach the terminal that moves its cursor', () => {
    const hostile = 'a\u001b[2J\u009b1A\u007f'
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    const moving = /[\u0000-\u001f\u007f-\u009f]/
    expect(jsonLine({ hostile })).not.toMatch(moving)
    expect(JSON.parse(jsonLine({ hostile }))).toEqual({ hostile })
    expect(valueText(hostile)).toBe('a[2J1A')
    expect(valueText([hostile])?.replaceAll('\n', '')).not.toMatch(moving)
    expect([valueText(undefined), valueText(null), valueText(0), valueText('')]).toEqual([undefined, undefined, '0', ''])
  })
})
