/** A command line, read by the quoting rules that every POSIX shell shares. */
import { TroupeError } from '../../src/errors.js'

/** One character as the shell takes it. */
interface Piece {
  /** As it stands in the line, with its backslash if it has one. */
  readonly raw: string
  /** What it stands for: nothing for a quotation mark. */
  readonly text: string
  /** `plain` may mean something to the shell; `double` too where it is `$` or a backtick; the others mean themselves. */
  readonly how: 'plain' | 'single' | 'double' | 'escaped' | 'mark' | 'unclosed'
}

const escaped = (next: string): Piece => ({ raw: `\\${next}`, text: next === '\n' ? '' : next, how: 'escaped' })

function* piecesOf(line: string): Generator<Piece> {
  let quoted = ''
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at)
    const next = line.charAt(at + 1)
    if (char === quoted || (quoted === '' && (char === '"' || char === "'"))) {
      quoted = quoted === '' ? char : ''
      yield { raw: char, text: '', how: 'mark' }
    } else if (quoted === "'") yield { raw: char, text: char, how: 'single' }
    else if (char === '\\' && next !== '' && (quoted === '' || '"\\$`\n'.includes(next))) {
      at++
      yield escaped(next)
    } else yield { raw: char, text: char, how: quoted === '"' ? 'double' : 'plain' }
  }
  if (quoted !== '') yield { raw: '', text: '', how: 'unclosed' }
}

const isPlain = (piece: Piece | undefined, chars: string): boolean => piece?.how === 'plain' && chars.includes(piece.raw)

/** Whether a word may begin after this piece: a backslash at the end of a line leaves no trace. */
const endsWord = (piece: Piece | undefined): boolean =>
  piece === undefined || isPlain(piece, ' \t\n;&|()<>') || (piece.how === 'escaped' && piece.text === '')

const quote = (line: string): string => JSON.stringify(line.length > 120 ? `${line.slice(0, 120)}…` : line)

/** Throws `POLICY`: `why` is a sentence about the quoted `line`. */
export const refuse = (line: string, why: (quoted: string) => string): never => {
  throw new TroupeError('POLICY', `${why(quote(line))} The application that runs this agent decides what it may run.`)
}

/**
 * The simple commands of a line: what stands between unquoted `;`, `&`, `|`, brackets and line ends, comments left out.
 * `raw` as they were written, `text` with quotes and backslashes taken away.
 */
export const simpleCommands = (line: string, form: 'raw' | 'text' = 'raw'): string[] => {
  const commands: string[] = []
  let command = ''
  let comment = false
  let before: Piece | undefined
  for (const piece of piecesOf(line)) {
    // `2>&1`, `<&3` and `>|` are redirections.
    const redirects = (piece.raw === '&' && isPlain(before, '<>')) || (piece.raw === '|' && isPlain(before, '>'))
    if (isPlain(piece, ';&|()\n') && !redirects) {
      commands.push(command)
      command = ''
    } else command += piece[form]
    before = piece
  }
  return [...commands, command].map((each) => each.trim()).filter((each) => each !== '')
}

/** What in a line hides commands from whoever reads it by these rules, in words; nothing when they can all be seen. */
export const hidesCommands = (line: string): string | undefined => {
  let before: Piece | undefined
  let at = 0
  for (const piece of piecesOf(line)) {
    at += piece.raw.length
    const live = piece.how === 'plain' || piece.how === 'double'
    if (live && piece.raw === '`') return 'runs another command inside it'
    if (live && piece.raw === '$') {
      const rest = line.slice(at, at + 200)
      if (rest.startsWith('(')) return 'runs another command inside it'
      // Quotes nest in these by rules of their own, on which shells differ.
      if (rest.startsWith('{') && !/^\{\w+\}/.test(rest)) return 'expands a variable by more than its name'
      if (piece.how === 'plain' && /^['"]/.test(rest)) return 'has a quote that shells read in different ways'
    }
    if (isPlain(piece, '(') && isPlain(before, '<>')) return 'runs another command inside it'
    if (isPlain(piece, '<') && isPlain(before, '<')) return 'holds a here-document'
    if (isPlain(piece, '#') && endsWord(before)) return 'holds a comment'
    before = piece
  }
  return undefined
}

/** A line as words, to run without a shell. Throws `POLICY` for what only a shell could do. */
export const splitWords = (line: string): string[] => {
  const words: string[] = []
  let word: string | undefined
  for (const { raw, text, how } of piecesOf(line)) {
    if (how === 'unclosed') refuse(line, (it) => `The command ${it} has a quote that is not closed.`)
    const meant = how === 'plain' ? ';&|<>()$`*?[]{}~#!\\' : how === 'double' ? '$`' : ''
    if (meant.includes(raw))
      refuse(
        line,
        (it) =>
          `The command ${it} has ${how === 'plain' ? 'an unquoted' : 'a'} ${raw}, which only a shell understands, and this agent runs commands without one; put it in single quotes if it stands for itself.`,
      )
    if (how === 'plain' && /\s/.test(raw)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (how !== 'escaped' || text !== '') word = (word ?? '') + text
  }
  return word === undefined ? words : [...words, word]
}
