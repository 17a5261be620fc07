/** What a shell agent may run. */
import { expands, hidesCommands, refuse, simpleCommands, splitWords } from './command-line.js'

/**
 * What a shell agent may run. Without a rule: everything.
 *
 * An allow list keeps others to what it names, redirections of an allowed command included. A deny list is a fence against
 * mistakes: there is always another way to write a command.
 */
export interface ShellPolicy {
  /** Command lines that may run; `*` stands for anything. Every simple command of a line has to fit one. Default: all. */
  readonly allow?: readonly (string | RegExp)[] | undefined
  /** Command lines that may not, whatever `allow` says, whether quoted or not. Default: none. */
  readonly deny?: readonly (string | RegExp)[] | undefined
  /** Whether a line is given to `/bin/sh`. Without, it is split into words and run directly. Default true. */
  readonly shell?: boolean | undefined
  /** Longest command line, in characters. Default 32,768. */
  readonly maxLength?: number | undefined
}

/** Each part is looked for where the one before ended, so that a hostile line costs no more than its length times the rule's. */
const fitsText = (rule: string, line: string): boolean => {
  const [first = '', ...parts] = rule.split('*')
  const last = parts.pop()
  if (last === undefined) return line === rule
  if (line.length < first.length + last.length || !line.startsWith(first) || !line.endsWith(last)) return false
  let at = first.length
  for (const part of parts) {
    const found = line.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return at <= line.length - last.length
}

/** Whether a whole line fits a rule: a text in which `*` stands for anything, or a RegExp as it is. */
export const fitsRule = (rule: string | RegExp, line: string): boolean =>
  // A RegExp of the kinds `g` and `y` remembers where it was, and would judge the same line differently the second time.
  typeof rule === 'string' ? fitsText(rule, line) : new RegExp(rule, rule.flags.replace(/[gy]/g, '')).test(line)

/** A simple command without what may stand before its name: `A=1 sudo x`, `if sudo x`, `{ sudo x`. */
const named = (command: string): string =>
  command.replace(/^(?:(?:!|\{|if|then|elif|else|while|until|do|time)\s+|[A-Za-z_]\w*=\S*\s+)+/, '')

/** With one space between words, and as it is before its first redirection. */
const plain = (command: string): string[] => {
  const spaced = command.replace(/\s+/g, ' ')
  return [command, spaced, spaced.replace(/ ?\d*[<>].*$/, '')]
}

/** Checks a command line. Throws `POLICY` with what was refused and by which rule. */
export const checkCommand = (line: string, policy: ShellPolicy): void => {
  const { allow, deny = [], shell = true, maxLength = 32_768 } = policy
  if (line.length > maxLength) refuse(line, (it) => `The command ${it} has ${line.length} characters; ${maxLength} are allowed.`)
  if (line.includes('\0')) refuse(line, (it) => `The command ${it} holds a NUL byte; leave it out.`)
  if (line.trim() === '') refuse(line, () => 'The command is empty; say what to run.')
  const commands = shell ? simpleCommands(line) : [line.trim()]
  const meant = shell ? simpleCommands(line, 'text').map(named).flatMap(plain) : [splitWords(line).join(' ')]
  for (const command of [line.trim(), ...commands, ...meant]) {
    const rule = deny.find((each) => fitsRule(each, command))
    if (rule !== undefined) refuse(command, (it) => `The command ${it} is denied by the rule ${String(rule)}.`)
  }
  if (!allow) return
  const hidden = shell ? (hidesCommands(line) ?? (deny.length > 0 ? expands(line) : undefined)) : undefined
  if (hidden) refuse(line, (it) => `The command ${it} ${hidden}, which an allow list cannot judge.`)
  for (const command of commands)
    if (!allow.some((each) => fitsRule(each, command)))
      refuse(command, (it) => `The command ${it} is not among those allowed (${allow.map(String).join(', ')}).`)
}
