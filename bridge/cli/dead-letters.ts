/** `troupe dead-letters` and `troupe replay`: messages that could not be delivered. */
import { systemClock } from '../../src/clock.js'
import type { DeadLetter } from '../../src/protocol/reply.js'
import { jsonLine, short } from './print.js'
import { receipt } from './receipt.js'
import { type RemoteFlags, visit } from './remote.js'
import { table } from './table.js'
import { lookUp } from './target.js'
import { countOf, readable } from './values.js'

export interface DeadLetterFlags extends RemoteFlags {
  readonly to?: string
  readonly reason?: string
  readonly limit: string
}

/** As many as the system keeps. */
const most = 1_000

const typeOf = (message: unknown): string => {
  const { type } = (message ?? {}) as { readonly type?: unknown }
  return typeof type === 'string' ? type : JSON.stringify(message)
}

const row = ({ id, to, from, message, reason, at, replays }: DeadLetter, now: number): string[] => [
  ...[id, short(to), short(from), short(typeOf(message)), short(reason), readable(now - at), replays > 0 ? String(replays) : ''],
]

export const deadLetters = (flags: DeadLetterFlags): Promise<void> => {
  const { to, reason } = flags
  const limit = countOf(flags.limit, '--limit', most)
  return visit(flags, async (client) => {
    const letters = await client.deadLetters({ to, reason, limit })
    if (flags.json) for (const letter of letters) console.log(jsonLine(letter))
    else if (letters.length === 0) console.log('every message was delivered')
    else {
      const now = systemClock.now()
      console.log(table([['ID', 'TO', 'FROM', 'MESSAGE', 'REASON', 'AGO', 'REPLAYS'], ...letters.map((each) => row(each, now))]))
    }
  })
}

export const replay = (wanted: readonly string[], flags: RemoteFlags): Promise<void> =>
  visit(flags, async (client) => {
    const known = client
      .deadLetters({ limit: most })
      .then((letters) => letters.map(({ id }) => ({ kind: 'letter' as const, id, name: '', ended: false })))
    for (const { id } of await lookUp(known, wanted, { of: ['letter'] }))
      await receipt(`dead letter ${id}`, async () => {
        const applied = await client.replay(id)
        return flags.json ? jsonLine({ verb: 'replay', ...applied }) : `sent dead letter ${id} again`
      })
  })
