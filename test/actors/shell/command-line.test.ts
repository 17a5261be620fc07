/** How a command line is read. */
import { describe, expect, it } from 'vitest'
import { hidesCommands, simpleCommands, splitWords } from '../../../actors/shell/command-line.js'

describe('the simple commands of a line', () => {
  it.each<[string, string[]]>([
    ["a 'x;y' && b | c\nd & e", ["a 'x;y'", 'b', 'c', 'd', 'e']],
    ['a 2>&1 | b >| f; c <&3', ['a 2>&1', 'b >| f', 'c <&3']],
    ['a \\>& b', ['a \\>', 'b']],
    ['(a; b) && { c; }', ['a', 'b', '{ c', '}']],
    ["a # it's;\nb", ['a', 'b']],
    ['a x#y; b', ['a x#y', 'b']],
    ['a \\;b', ['a \\;b']],
    ['a; \\\n#b', ['a']],
    ['a\\\n#b; c', ['a#b', 'c']],
    ['  ;; ', []],
  ])('of %j are %j', (line, commands) => {
    expect(simpleCommands(line)).toEqual(commands)
  })

  it('can be had without their quotes', () => {
    expect(simpleCommands(`s"ud"o 'a b' c\\d`, 'text')).toEqual(['sudo a b cd'])
  })
})

describe('a line split into words', () => {
  it.each<[string, string[]]>([
    [`a "b c" d\\ e 'f"g' ""`, ['a', 'b c', 'd e', 'f"g', '']],
    ['"a\\nb" "c\\"d" "e\\\\f"', ['a\\nb', 'c"d', 'e\\f']],
    ["git show HEAD~1 'a$b' x#y", ['git', 'show', 'HEAD~1', 'a$b', 'x#y']],
    ['a \\\n b\n', ['a', 'b']],
  ])('reads %j as %j', (line, words) => {
    expect(splitWords(line)).toEqual(words)
  })

  it.each<[string, RegExp]>([
    ['a | b', /an unquoted \|/],
    ['a "$HOME"', /has a \$/],
    ['a `b`', /an unquoted `/],
    ['a *', /an unquoted \*/],
    ['a\nb', /an unquoted \n/],
    ['~/a', /an unquoted ~/],
    ['a # b', /an unquoted #/],
    ['a "b', /not closed/],
  ])('refuses %j, which only a shell could run', (line, why) => {
    expect(() => splitWords(line)).toThrow(why)
  })
})

describe('what hides commands', () => {
  it.each([
    'a $(b)',
    'a "$(b)"',
    'a `b`',
    'a "`b`"',
    'a <(b)',
    'a >(b)',
    "a # '\nb",
    "a <<E\n'\nE\nb",
    `a "\${x#'"'}"; b; a "\${x#'"'}"`,
    "a $'b'",
    'a $[b]',
    'a $\\\n(b)',
    'a <\\\n< E',
  ])('is found in %j', (line) => {
    expect(hidesCommands(line)).toEqual(expect.any(String))
  })

  it.each(["a '$(b)' '`'", 'a \\$\\(b', 'a "\\`"', `a $HOME \${HOME} $? "$@"`, 'a x#y', "a 'foo$'"])(
    'is not seen where there is nothing: %j',
    (line) => {
      expect(hidesCommands(line)).toBeUndefined()
    },
  )
})
