/** What a command is about: found by its id, its name, or as much of the id as no other begins with. */
import { TroupeError } from '../../src/errors.js'
import { isFinal, type View } from '../../src/protocol/view.js'
import type { Client } from '../client.js'
import { plain, short } from './print.js'

/** Kinds of things, as people call them. */
const words = {
  agent: 'an agent',
  task: 'a task',
  swarm: 'a swarm',
  attention: 'something that needs attention',
  letter: 'a dead letter',
} as const
export type Kind = keyof typeof words

export interface Target {
  readonly kind: Kind
  readonly id: string
  /** Empty where it has none. */
  readonly name: string
  /** Whether nothing more comes of it: then what lives comes first. */
  readonly ended: boolean
}

export interface Search {
  readonly of: readonly Kind[]
  /** Whether what has ended counts as much as what lives. Default false. */
  readonly ended?: boolean
}

/** How many are named in a sentence. */
const named = 10

const listed = (targets: readonly Target[], mixed: boolean): string => {
  const some = targets.slice(0, named).map(({ kind, id, name }) => {
    const what = [...(mixed ? [kind] : []), ...(name === '' || name === id ? [] : [short(name)])].join(' ')
    return what ? `${id} (${what})` : id
  })
  return targets.length > named ? `${some.join(', ')} and ${targets.length - named} more` : some.join(', ')
}

const oneOf = (kinds: readonly Kind[]): string => {
  const said = kinds.map((kind) => words[kind])
  return said.length < 2 ? said.join('') : `${said.slice(0, -1).join(', ')} or ${said.at(-1)}`
}

export const labelOf = ({ kind, id, name }: Target): string => {
  const noun = kind === 'attention' ? 'item' : kind === 'letter' ? 'dead letter' : kind
  return name === '' || name === id ? `${noun} ${id}` : `${noun} ${short(name)} (${id})`
}

/** All that the words may mean. */
export const matching = (known: readonly Target[], wanted: string, ended = false): readonly Target[] => {
  const exact = known.filter(({ id }) => id === wanted)
  if (exact.length > 0 || wanted === '') return exact
  const preferred = (found: readonly Target[]) => {
    const living = found.filter((each) => !each.ended)
    return ended || living.length === 0 ? found : living
  }
  const called = preferred(known.filter(({ name }) => name === wanted))
  return called.length > 0 ? called : preferred(known.filter(({ id }) => id.startsWith(wanted)))
}

/** The one that is meant. Throws a sentence that names the candidates where there is none, or more than one. */
export const find = (known: readonly Target[], wanted: string, { of, ended = false }: Search): Target => {
  const kin = known.filter(({ kind }) => of.includes(kind))
  const found = matching(kin, wanted, ended)
  const [only] = found
  if (only && found.length === 1) return only
  const mixed = of.length > 1
  if (only && only.name === wanted)
    throw new TroupeError('NOT_FOUND', `${found.length} are called ${wanted}; say which by its id: ${listed(found, mixed)}.`)
  if (only)
    throw new TroupeError(
      'NOT_FOUND',
      `${found.length} ids begin with ${wanted}; write more of the one you mean: ${listed(found, mixed)}.`,
    )
  const other = known.find(({ id }) => id === wanted)
  if (other) throw new TroupeError('NOT_FOUND', `Expected ${oneOf(of)}; ${wanted} is ${words[other.kind]}.`)
  const there = kin.filter((each) => ended || !each.ended)
  const how = kin.some(({ name }) => name !== '') ? 'its id, the beginning of one, or its name' : 'its id or the beginning of one'
  throw new TroupeError(
    'NOT_FOUND',
    `Expected ${oneOf(of)} that the token may see, by ${how}; got ${JSON.stringify(plain(wanted))}. ` +
      (there.length > 0 ? `These are there: ${listed(there, mixed)}.` : 'There is none.'),
  )
}

/** Everything of a view that can be meant. */
export const targetsOf = ({ agents, tasks, swarms }: Pick<View, 'agents' | 'tasks' | 'swarms'>): Target[] => [
  ...[...agents.values()].map(({ id, name, state }) => ({ kind: 'agent' as const, id, name, ended: isFinal(state) })),
  ...[...tasks.values()].map(({ id, title, state }) => ({ kind: 'task' as const, id, name: title, ended: isFinal(state) })),
  ...[...swarms.values()].map(({ id, name, state }) => ({ kind: 'swarm' as const, id, name, ended: isFinal(state) })),
]

/**
 * Finds each of these words, or none of them. Whoever may act and not look has to know ids: then each word is taken for one, of the
 * first kind.
 */
export const lookUp = async (
  known: Promise<readonly Target[]>,
  wanted: readonly string[],
  search: Search,
): Promise<readonly Target[]> => {
  const all = await known.catch((thrown: unknown) => {
    if (thrown instanceof TroupeError && thrown.code === 'FORBIDDEN') return undefined
    throw thrown
  })
  const [kind = 'agent'] = search.of
  const found = wanted.map((word) => (all ? find(all, word, search) : { kind, id: word, name: '', ended: false }))
  return [...new Map(found.map((target) => [target.id, target])).values()]
}

/** The one agent, task or swarm that is meant. */
export const lookUpOne = async (client: Client, wanted: string, search: Search): Promise<Target> => {
  const [only] = await lookUp(client.view().then(targetsOf), [wanted], search)
  // One word finds one target, or throws.
  return only as Target
}
