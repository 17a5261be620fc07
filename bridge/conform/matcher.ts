/**
 * Whether a value is what a pattern says. Objects have to have every field that the pattern names, lists every item in order. Texts that
 * stand for more: `<something>` is there, `<id>` a text of 1 to 128 characters, `<number>`, `<save name>` anything, kept under that name;
 * elsewhere `<name>` is what was kept.
 */

/** What was kept so far, by name. */
export type Kept = Map<string, unknown>

const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}

/** Undefined where it fits; else where it does not, in words. */
export const misfit = (pattern: unknown, value: unknown, kept: Kept, at = 'the frame'): string | undefined => {
  if (typeof pattern === 'string') {
    const special = /^<(?:(save) )?([\w-]+)>$/.exec(pattern)
    if (special) return misfitOf(special[1] === 'save', special[2] ?? '', value, kept, at)
  }
  if (Array.isArray(pattern)) {
    if (!Array.isArray(value) || value.length !== pattern.length) return `${at}: expected ${show(pattern)}, came ${show(value)}`
    return first(pattern.map((each, index) => misfit(each, value[index], kept, `${at}[${index}]`)))
  }
  if (typeof pattern === 'object' && pattern !== null) {
    if (typeof value !== 'object' || value === null) return `${at}: expected ${show(pattern)}, came ${show(value)}`
    const fields = value as Readonly<Record<string, unknown>>
    return first(Object.entries(pattern).map(([name, each]) => misfit(each, fields[name], kept, `${at}.${name}`)))
  }
  return Object.is(pattern, value) ? undefined : `${at}: expected ${show(pattern)}, came ${show(value)}`
}

const first = (found: readonly (string | undefined)[]): string | undefined => found.find((each) => each !== undefined)

const misfitOf = (save: boolean, name: string, value: unknown, kept: Kept, at: string): string | undefined => {
  if (save) {
    if (value === undefined) return `${at}: expected something, came nothing`
    kept.set(name, value)
    return undefined
  }
  const kinds: Readonly<Record<string, (each: unknown) => boolean>> = {
    something: (each) => each !== undefined,
    id: (each) => typeof each === 'string' && each.length >= 1 && each.length <= 128,
    number: (each) => typeof each === 'number',
  }
  const kind = kinds[name]
  if (kind) return kind(value) ? undefined : `${at}: expected ${name === 'something' ? name : `a ${name}`}, came ${show(value)}`
  return misfit(kept.get(name), value, new Map(), at)
}

/** A frame to be sent, with what was kept in the place of its name. */
export const filled = (pattern: unknown, kept: Kept): unknown => {
  if (typeof pattern === 'string') {
    const whole = /^<([\w-]+)>$/.exec(pattern)
    if (whole) return kept.get(whole[1] ?? '')
    return pattern.replaceAll(/<([\w-]+)>/g, (_, name: string) => String(kept.get(name)))
  }
  if (Array.isArray(pattern)) return pattern.map((each) => filled(each, kept))
  if (typeof pattern !== 'object' || pattern === null) return pattern
  return Object.fromEntries(Object.entries(pattern).map(([name, each]) => [String(filled(name, kept)), filled(each, kept)]))
}
