/** Records without what looks like a secret: it is kept nowhere, so whoever needs it cannot be brought back. */
import { unsigned } from '../system/acting.js'
import { redactedBag, redactedMessage } from '../system/redact.js'
import type { RecordOf } from './records.js'

/** `without`: the places in what code is handed where something is missing now; what only describes is not missed. */
export const withoutSecrets = <K extends keyof RecordOf>(
  kind: K,
  record: RecordOf[K],
  names: RegExp | undefined,
): { readonly record: RecordOf[K]; readonly without: readonly string[] } => {
  if (!names) return { record, without: [] }
  const without: string[] = []
  const open = openings[kind](record, names, (place) => without.push(place))
  return { record: without.length > 0 && 'cause' in open ? { ...open, cause: unsigned(open.cause) } : open, without }
}

type Missing = (place: string) => void
type Openings = { readonly [K in keyof RecordOf]: (record: RecordOf[K], names: RegExp, missing: Missing) => RecordOf[K] }

const same = <R>(record: R): R => record

const ofMessage = <R extends { readonly message: object }>(record: R, names: RegExp, missing: Missing): R => ({
  ...record,
  message: redactedMessage(record.message, names, (place) => missing(`message.${place}`)),
})

const described = <R extends { readonly metadata?: Readonly<Record<string, unknown>> | undefined }>(
  given: R,
  names: RegExp,
): R => (given.metadata ? { ...given, metadata: redactedBag(given.metadata, names) } : given)

/** A graph has no messages here: its tasks have records of their own. */
const ofTask = (declared: RecordOf['task']['declared'], names: RegExp, missing: Missing): RecordOf['task']['declared'] =>
  declared.kind === 'task' ? ofMessage(described(declared, names), names, missing) : described(declared, names)

const openings: Openings = {
  agent: (record, names, missing) => {
    const { options, external } = record
    const own = options.options
    const open = described(options, names)
    const handed =
      typeof own === 'object' && own !== null ? redactedMessage(own, names, (place) => missing(`options.${place}`)) : own
    return {
      ...record,
      options: handed === own ? open : { ...open, options: handed },
      ...(external ? { external: { ...external, declared: described(external.declared, names) } } : {}),
    }
  },
  task: (record, names, missing) => ({ ...record, declared: ofTask(record.declared, names, missing) }),
  swarm: (record, names) => ({ ...record, declared: described(record.declared, names) }),
  schedule: ofMessage,
  letter: ofMessage,
  'dead-letter': ofMessage,
  ballot: same,
  // What a definition writes down is its own to judge.
  memory: same,
  end: same,
}
