/** Which protocols a server speaks, and on which paths: `--dialects native,openclaw`, `--path openclaw=/claw`. */
import { TroupeError } from '../../src/errors.js'
import type { Dialect } from '../dialect.js'
import { dialects } from '../dialects/index.js'

const known = () => dialects.map(({ name }) => name).join(', ')

const named = (name: string): Dialect => {
  const found = dialects.find((each) => each.name === name)
  if (found) return found
  throw new TroupeError('INVALID_OPTION', `There is no dialect ${JSON.stringify(name)}; these are spoken: ${known()}.`)
}

/** `names`: default all. `paths`: each `<dialect>=<path>`; several for one dialect add up, and take the place of its own. */
export const dialectsOf = (names: readonly string[] | undefined, paths: readonly string[]): readonly Dialect[] => {
  const chosen = names === undefined ? dialects : names.map(named)
  if (chosen.length === 0)
    throw new TroupeError('INVALID_OPTION', `No dialect is left to speak; give --dialects some of these: ${known()}.`)
  const moved = new Map<string, string[]>()
  for (const each of paths) {
    const [, name = '', path = ''] = /^([^=]*)=(\/[^\s?#]*)$/.exec(each) ?? []
    if (path === '')
      throw new TroupeError(
        'INVALID_OPTION',
        `Expected a dialect and a path, such as onsembl=/dash; got ${JSON.stringify(each)}.`,
      )
    moved.set(named(name).name, [...(moved.get(name) ?? []), path])
  }
  return chosen.map((dialect) => {
    const own = moved.get(dialect.name)
    return own ? { ...dialect, paths: own } : dialect
  })
}
