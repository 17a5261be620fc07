/** What PROTOCOL.md says of each word, so that no sentence is written twice. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { named, proseUnder, rowsUnder } from '../paper.js'

const text = readFileSync(join(import.meta.dirname, '../../PROTOCOL.md'), 'utf8')

/** The document stands beside PROTOCOL.md, and nowhere within it. */
const linked = (sentence: string): string => sentence.replaceAll('](#', '](PROTOCOL.md#')

/** What an event's cell says after the fields that it begins with; a colon explains the last of them. */
const afterFields = (cell: string): string => {
  const fields = /^(?:`[^`]+` ?)*/.exec(cell)?.[0] ?? ''
  const rest = cell.slice(fields.length)
  return rest.startsWith(':') ? `\`${named(fields).at(-1)}\`${rest}` : rest.replace(/^\. */, '')
}

/** The cells of one column, by what the first column names. */
const column = (heading: string, at: number, read = (cell: string): string => cell): ReadonlyMap<string, string> =>
  new Map(rowsUnder(text, heading).flatMap((row) => named(row[0]).map((name) => [name, linked(read(row[at] ?? ''))] as const)))

const prose = (heading: string): string => linked(proseUnder(text, heading).join('\n\n'))

/** The heading of the page and what it says first, but for what is true of the page alone. */
export const opening = {
  title: (/^# (.*)$/m.exec(text)?.[1] ?? '').replaceAll('`', ''),
  paragraph: (/^# .*\n\n([\s\S]*?)\n\n/.exec(text)?.[1] ?? '')
    .replaceAll('\n', ' ')
    .replace(/(?<=\. )[^.]*\bthis page\b[^.]*\. /, ''),
}

/** How to reach a server, what proves who asks, and what tells the frames apart. */
export const connecting = prose('## Connecting')
export const token = proseUnder(text, '### The token')[0] ?? ''
export const framing = prose('## Framing')

export const sentences = {
  command: column('## Commands', 3),
  event: column('## Events', 1, afterFields),
  client: column('### From the client', 2),
  server: column('### From the server', 2),
  answer: column('### Answers', 2),
  field: column('## Framing', 2),
} as const

const permissions = column('## Commands', 1, (cell) => named(cell)[0] ?? '')
/** The permission that a command needs. */
export const permissionFor = (command: string): string | undefined => permissions.get(command)

/** The frames of clients that the scenarios show in full. A line goes on where the next one is indented further. */
export const examples = [...text.matchAll(/^ {4}→ (\{.*(?:\n {8}.*)*)/gm)].map(
  // Which types there are is for the parser to say, that checks examples against their schemas.
  (match) => JSON.parse((match[1] ?? '').replaceAll(/\n\s+/g, '')) as { readonly type: string },
)
