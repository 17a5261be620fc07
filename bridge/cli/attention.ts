/** `troupe attention`: what needs a person, and what is said to it. */
import { systemClock } from '../../src/clock.js'
import { TroupeError } from '../../src/errors.js'
import type { AttentionItem } from '../../src/protocol/attention.js'
import type { Applied } from '../../src/protocol/reply.js'
import type { Client } from '../client.js'
import { colors } from './colors.js'
import { follow } from './follow.js'
import { jsonLine, plain, short } from './print.js'
import { receipt } from './receipt.js'
import { type RemoteFlags, reach, visit } from './remote.js'
import { table } from './table.js'
import { lookUp, type Target } from './target.js'
import { durationOf, readable } from './values.js'

/** What nobody has dealt with: first what nobody looks at, the most urgent before others. */
const needy = async (client: Client): Promise<readonly AttentionItem[]> => {
  const states = ['open', 'acknowledged', 'snoozed'] as const
  return (await Promise.all(states.map((state) => client.attention.list({ state })))).flat()
}

const titleOf = ({ title, choices }: AttentionItem): string =>
  `${short(title, 60)}${choices ? ` [${choices.map((choice) => short(choice, 20)).join(', ')}]` : ''}`

const stateOf = ({ state, snoozedUntil, by }: AttentionItem, now: number): string => {
  if (state === 'snoozed' && snoozedUntil !== undefined) return `snoozed for ${readable(Math.max(0, snoozedUntil - now))}`
  return state === 'acknowledged' && by !== undefined ? `acknowledged by ${short(by, 20)}` : state
}

const picture = (items: readonly AttentionItem[]): string => {
  if (items.length === 0) return 'nothing needs you'
  const now = systemClock.now()
  const rows = items.map((item) => [
    ...[item.id, item.kind, plain(item.subject), titleOf(item), item.priority, stateOf(item, now), readable(now - item.openedAt)],
  ])
  return table([['ID', 'KIND', 'SUBJECT', 'TITLE', 'PRIORITY', 'STATE', 'SINCE'], ...rows])
}

const show = (items: readonly AttentionItem[], json = false): void => {
  if (!json) console.log(picture(items))
  else for (const item of items) console.log(jsonLine(item))
}

const changeLine = (change: string, item: AttentionItem, at: number): string => {
  const time = colors.dim(new Date(at).toISOString().slice(11, 23))
  const by = item.by === undefined ? '' : ` by ${short(item.by, 20)}`
  const answer = item.answer === undefined ? '' : `: ${short(item.answer)}`
  const word = change === 'opened' ? colors.yellow(change) : change
  return `${time} ${word}${by}${answer}  ${item.id}  ${item.kind} of ${plain(item.subject)}, ${item.priority}: ${titleOf(item)}`
}

export const listAttention = async (
  others: readonly string[],
  flags: RemoteFlags & { readonly watch?: boolean },
): Promise<void> => {
  const [other] = others
  if (other !== undefined)
    throw new TroupeError(
      'INVALID_OPTION',
      `troupe attention takes list, ack, snooze or resolve, or nothing; got ${JSON.stringify(plain(other))}.`,
    )
  if (!flags.watch) return visit(flags, async (client) => show(await needy(client), flags.json))
  const client = await reach(flags)
  // Heard first, listed second: what changes in between waits until the list stands there.
  let early: string[] | undefined = []
  const following = follow(client, client.channel('system.attention').envelopes, ({ event, timestamp }) => {
    if (event.type !== 'system.attention') return
    const { type: _, change, ...item } = event
    const told = flags.json ? jsonLine({ change, ...item }) : changeLine(change, item, timestamp)
    if (early) early.push(told)
    else console.log(told)
  })
  const listing = needy(client).then((items) => {
    show(items, flags.json)
    for (const told of early ?? []) console.log(told)
    early = undefined
  })
  await Promise.all([following, listing]).finally(() => client.stop())
}

/** All that are known, those that ended last: who deals with one too late is told by whom it was dealt with. */
const lookUpItems = (client: Client, wanted: readonly string[]): Promise<readonly Target[]> => {
  const target = (ended: boolean) => (items: readonly AttentionItem[]) =>
    items.map(({ id }) => ({ kind: 'attention' as const, id, name: '', ended }))
  const over = (['resolved', 'expired'] as const).map((state) => client.attention.list({ state }).then(target(true)))
  const known = Promise.all([needy(client).then(target(false)), ...over])
  return lookUp(
    // One that was dealt with in between may stand in two of them.
    known.then((lists) => [...new Map(lists.flat().map((each) => [each.id, each])).values()]),
    wanted,
    { of: ['attention'] },
  )
}

const say = async (
  verb: string,
  wanted: readonly string[],
  flags: RemoteFlags,
  run: (client: Client, id: string) => Promise<Applied>,
): Promise<void> =>
  visit(flags, async (client) => {
    for (const { id } of await lookUpItems(client, wanted))
      await receipt(`item ${id}`, async () => {
        const applied = await run(client, id)
        return flags.json ? jsonLine({ verb, ...applied }) : `item ${id} is ${applied.state ?? 'dealt with'}`
      })
  })

export const ack = (wanted: readonly string[], flags: RemoteFlags): Promise<void> =>
  say('ack', wanted, flags, (client, id) => client.attention.ack(id))

export const snooze = (wanted: string, duration: string, flags: RemoteFlags): Promise<void> => {
  const milliseconds = durationOf(duration, 'The duration of a snooze')
  return say('snooze', [wanted], flags, (client, id) => client.attention.snooze(id, milliseconds))
}

export const resolve = (wanted: string, answer: string | undefined, flags: RemoteFlags): Promise<void> =>
  say('resolve', [wanted], flags, (client, id) => client.attention.resolve(id, answer))
