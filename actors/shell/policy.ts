/** What a shell agent may run. */
import { TroupeError } from '../../src/errors.js'

export interface ShellPolicy {
  /** Command lines that may run; `*` stands for anything. Default: all. */
  readonly allow?: readonly (string | RegExp)[] | undefined
  /** Command lines that may not, whatever `allow` says. Default: none. */
  readonly deny?: readonly (string | RegExp)[] | undefined
  /** Whether a line is given to `/bin/sh`. Without, it is split into words and run directly. Default true. */
  readonly shell?: boolean | undefined
  /** Longest command line, in characters. Default 32,768. */
  readonly maxLength?: number | undefined
}

const refuse = (why: string): never => {
  throw new TroupeError('POLICY', `${why} The application that runs this agent decides what it may run.`)
}

const quote = (line: string) => JSON.stringify(line.length > 120 ? `${line.slice(0, 120)}…` : line)

const fits = (rule: string | RegExp, line: string): boolean => {
  if (typeof rule !== 'string') return new RegExp(rule.source, rule.flags.replace(/[gy]/g, '')).test(line)
  const parts = rule.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(line)
}

/** The simple commands of a line: what stands between unquoted `;`, `&`, `|` and line ends. */
export const simpleCommands = (line: string): string[] => {
  const commands: string[] = []
  let command = ''
  let quoted: string | undefined
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? ''
    if (char === '\\' && quoted !== "'") {
      command += char + (line[++at] ?? '')
    } else if (quoted) {
      if (char === quoted) quoted = undefined
      command += char
    } else if (char === '"' || char === "'") {
      quoted = char
      command += char
    } else if (';&|\n'.includes(char)) {
      commands.push(command)
      command = ''
    } else command += char
  }
  return [...commands, command].map((each) => each.trim()).filter((each) => each !== '')
}

/** A line as words, by the rules of quoting that every shell shares. Throws `POLICY` for what only a shell could do. */
export const splitWords = (line: string): string[] => {
  const words: string[] = []
  let word: string | undefined
  let quoted: string | undefined
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? ''
    if (char === '\\' && quoted !== "'") word = (word ?? '') + (line[++at] ?? '')
    else if (quoted && char !== quoted) word = (word ?? '') + char
    else if (quoted) quoted = undefined
    else if (char === '"' || char === "'") {
      quoted = char
      word ??= ''
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (';&|<>()$`*?[]{}~#!'.includes(char))
      refuse(
        `The command ${quote(line)} has an unquoted ${char}, which only a shell understands, and this agent runs commands without one.`,
      )
    else word = (word ?? '') + char
  }
  if (quoted) refuse(`The command ${quote(line)} has a quote that is not closed.`)
  return word === undefined ? words : [...words, word]
}

/** Checks a command line. Throws `POLICY` with what was refused and by which rule. */
export const checkCommand = (line: string, policy: ShellPolicy): void => {
  const { allow, deny = [], shell = true, maxLength = 32_768 } = policy
  if (line.trim() === '') refuse('The command is empty.')
  if (line.includes('\0')) refuse(`The command ${quote(line)} holds a NUL byte.`)
  if (line.length > maxLength) refuse(`The command has ${line.length} characters; ${maxLength} are allowed.`)
  const commands = shell ? simpleCommands(line) : [line]
  for (const command of [line.trim(), ...commands]) {
    const rule = deny.find((each) => fits(each, command))
    if (rule) refuse(`The command ${quote(command)} is denied by the rule ${String(rule)}.`)
  }
  if (!allow) return
  if (shell && /[`]|\$\(|[<>]\(|\$'|\beval\b/.test(line))
    refuse(`The command ${quote(line)} runs another command inside it, which an allow list cannot judge.`)
  for (const command of commands)
    if (!allow.some((each) => fits(each, command)))
      refuse(`The command ${quote(command)} is not among those allowed (${allow.map(String).join(', ')}).`)
}
