/** A command line, read by the quoting rules that every POSIX shell shares. */
import { TroupeError } from '../../src/errors.js'

/** One character as the shell takes it; a comment is one piece. */
interface Piece {
  /** As it stands in the line, with its backslash if it has one. */
  readonly raw: string
  /** What it stands for: nothing for a quotation mark or a comment. */
  readonly text: string
  /** `plain` may mean something to the shell; `double` too where it is `$` or a backtick; the others mean themselves. */
  readonly how: 'plain' | 'single' | 'double' | 'escaped' | 'mark' | 'comment' | 'unclosed'
}

const isPlain = (piece: Piece | undefined, chars: string): boolean => piece?.how === 'plain' && chars.includes(piece.raw)

/** A backslash at the end of a line: both are gone before the shell reads anything else. */
const continues = (piece: Piece): boolean => piece.how === 'escaped' && piece.text === ''

function* piecesOf(line: string): Generator<Piece> {
  let quoted = ''
  let before: Piece | undefined
  for (let at = 0; at < line.length; ) {
    const piece = pieceAt(line, at, quoted, before === undefined || isPlain(before, ' \t\n;&|()<>'))
    if (piece.how === 'mark') quoted = quoted === '' ? piece.raw : ''
    if (!continues(piece)) before = piece
    at += piece.raw.length
    yield piece
  }
  if (quoted !== '') yield { raw: '', text: '', how: 'unclosed' }
}

const pieceAt = (line: string, at: number, quoted: string, first: boolean): Piece => {
  const raw = line.charAt(at)
  const next = line.charAt(at + 1)
  if (raw === quoted || (quoted === '' && (raw === '"' || raw === "'"))) return { raw, text: '', how: 'mark' }
  if (quoted === "'") return { raw, text: raw, how: 'single' }
  if (raw === '\\' && next !== '' && (quoted === '' || '"\\$`\n'.includes(next)))
    return { raw: raw + next, text: next === '\n' ? '' : next, how: 'escaped' }
  if (quoted !== '') return { raw, text: raw, how: 'double' }
  if (raw !== '#' || !first) return { raw, text: raw, how: 'plain' }
  const end = line.indexOf('\n', at)
  return { raw: line.slice(at, end === -1 ? undefined : end), text: '', how: 'comment' }
}

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
  let before: Piece | undefined
  for (const piece of piecesOf(line)) {
    // `2>&1`, `<&3` and `>|` are redirections.
    const redirects = (piece.raw === '&' && isPlain(before, '<>')) || (piece.raw === '|' && isPlain(before, '>'))
    if (isPlain(piece, ';&|()\n') && !redirects) {
      commands.push(command)
      command = ''
    } else if (piece.how !== 'comment' && !continues(piece)) command += piece[form]
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
      if (/^[([]/.test(rest)) return 'runs another command inside it'
      // Quotes nest in these by rules of their own, on which shells differ.
      if (rest.startsWith('{') && !/^\{\w+\}/.test(rest)) return 'expands a variable by more than its name'
      if (piece.how === 'plain' && /^['"]/.test(rest)) return 'has a quote that shells read in different ways'
    }
    if (isPlain(piece, '(') && isPlain(before, '<>')) return 'runs another command inside it'
    if (isPlain(piece, '<') && isPlain(before, '<')) return 'holds a here-document'
    if (continues(piece)) return 'goes on in another line after a backslash'
    if (piece.how === 'comment') return 'holds a comment, where shells and people may differ on what is quoted'
    before = piece
  }
  return undefined
}

/** Whether a line has something in it that stands for other words, in words; nothing when it has not. */
export const expands = (line: string): string | undefined => {
  for (const piece of piecesOf(line))
    if ((piece.how === 'plain' || piece.how === 'double') && piece.raw === '$')
      return 'expands a variable, which may stand for what is denied'
  return undefined
}

/** A line as words, to run without a shell. Throws `POLICY` for what only a shell could do. */
export const splitWords = (line: string): string[] => {
  const words: string[] = []
  let word: string | undefined
  for (const { raw, text, how } of piecesOf(line.trimEnd())) {
    if (how === 'unclosed') return refuse(line, (it) => `The command ${it} has a quote that is not closed.`)
    if (needsShell(how, raw, word === undefined))
      return refuse(
        line,
        (it) =>
          `The command ${it} has ${how === 'double' ? 'a' : 'an unquoted'} ${raw.charAt(0)}, which only a shell understands, ` +
          'and this agent runs commands without one; put it in single quotes if it stands for itself.',
      )
    if (how === 'plain' && /\s/.test(raw)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (how !== 'escaped' || text !== '') word = (word ?? '') + text
  }
  return word === undefined ? words : [...words, word]
}

const needsShell = (how: Piece['how'], raw: string, first: boolean): boolean => {
  if (how === 'double') return '$`'.includes(raw)
  if (how === 'plain') return ';&|<>()$`*?[]{}\\\n'.includes(raw) || (first && '~!'.includes(raw))
  return how === 'comment'
}
