/** The newest lines of what the tasks of a swarm print, put together from its pieces. */
import type { PrintedLine, PrintedPiece } from '../view.js'

const linesKept = 50
const charactersKept = 1_000

/** The beginning of a text that is too long, with a mark that there was more. */
const cut = (text: string): string => (text.length > charactersKept ? `${text.slice(0, charactersKept - 1)}…` : text)

/** Where the newest `count` lines of a text begin; the last of them is what follows the last line break. */
const newestFrom = (text: string, count: number): number => {
  let from = text.length
  for (let found = 0; found < count; found++) {
    const before = from === 0 ? -1 : text.lastIndexOf('\n', from - 1)
    if (before < 0) return 0
    from = before
  }
  return from + 1
}

/** The lines after one more piece was printed, as a new list. A line that has not ended goes on with the next piece of its task and stream. */
export const withPiece = (lines: readonly PrintedLine[], { text, ...about }: PrintedPiece): readonly PrintedLine[] => {
  const parts = text.slice(newestFrom(text, linesKept + 1)).split('\n')
  const kept = [...lines]
  const begun = kept.findLastIndex(({ open, task, stream }) => open === true && task === about.task && stream === about.stream)
  parts.forEach((part, index) => {
    const open = index === parts.length - 1
    const before = index === 0 ? kept[begun] : undefined
    if (open && part === '') return
    const { open: _, ...line } = before ?? { ...about, text: '' }
    const whole = cut(line.text + part)
    const next = open ? { ...line, text: whole, open } : { ...line, text: whole.replace(/\r$/, '') }
    if (before) kept[begun] = next
    else kept.push(next)
  })
  return kept.slice(-linesKept)
}
