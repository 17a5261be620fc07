/** PROTOCOL.md as a source: its tables and its sentences, by the heading they stand under. */

/** The text between a heading and the next one. Throws where there is no such heading. */
const under = (text: string, heading: string): string => {
  const from = text.indexOf(`\n${heading}\n`)
  if (from < 0) throw new Error(`PROTOCOL.md has no heading ${heading}; put it back, or name the one it has now.`)
  const rest = text.slice(from + heading.length + 2)
  const to = rest.search(/^#/m)
  return to < 0 ? rest : rest.slice(0, to)
}

/** The rows of the first table under a heading, each as its cells. */
export const rowsUnder = (text: string, heading: string): string[][] => {
  const rows: string[][] = []
  for (const line of under(text, heading).split('\n'))
    if (line.startsWith('|'))
      rows.push(
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      )
    else if (rows.length > 0) break
  return rows.slice(2)
}

/** The paragraphs and lists under a heading, without tables and examples and what introduces these. */
export const proseUnder = (text: string, heading: string): string[] =>
  under(text, heading)
    .split(/\n{2,}/)
    .filter((paragraph) => !/^(\n*\|| {4})/.test(paragraph))
    .map((paragraph) =>
      paragraph
        .trim()
        .replace(/(?<=\. )[^.]*:$/, '')
        .trim(),
    )
    .filter((paragraph) => paragraph !== '')

/** What a cell names: every piece of code in it. */
export const named = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
