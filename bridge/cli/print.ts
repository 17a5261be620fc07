/** What distant programs and people wrote, made fit for this terminal. */
import { harmless } from './event-line.js'

/** On one line. */
export const plain = (text: string): string => harmless(text).replace(/\s+/g, ' ').trim()

/** On one line that fits a column of a table. */
export const short = (text: string, length = 40): string => {
  const line = plain(text)
  return line.length > length ? `${line.slice(0, length - 1)}…` : line
}

/** A line of JSON, for programs: every character is kept, and those that would move a cursor are written as escapes. */
export const jsonLine = (value: unknown): string =>
  (JSON.stringify(value) ?? 'null').replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** What came of some work, for people: text as it stands, everything else as JSON; nothing where nothing came. */
export const valueText = (value: unknown): string | undefined => {
  if (value === undefined || value === null) return undefined
  return harmless(typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? String(value)))
}
