/** Rows as a table of text. */

/** How wide a text is on a terminal, colours aside. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one.
const widthOf = (text: string): number => text.replace(/\u001b\[[0-9;]*m/g, '').length

/** Aligns the columns; the first row is the head. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd()
  return rows.map(line).join('\n')
}
