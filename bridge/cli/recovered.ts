/** Says what was brought back from a process before. */
import type { Recovered } from '../../src/recovery/recover.js'
import type { Log } from './log.js'

const named = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

/** Says what was brought back, where there was something. */
export const sayRecovered = (recovered: Recovered, log: Log): void => {
  const { agents, tasks, swarms, ballots, schedules, letters, aside } = recovered
  const counts = [
    ...(
      [
        ['agent', agents],
        ['task', tasks],
        ['swarm', swarms],
        ['ballot', ballots],
        ['schedule', schedules],
      ] as const
    ).map(([what, ids]) => [what, ids.length] as const),
    ['message', letters] as const,
  ].filter(([, count]) => count > 0)
  if (counts.length > 0)
    log.say({ event: 'recovered', ...recovered }, `brought back ${counts.map(([what, count]) => named(count, what)).join(', ')}`)
  for (const { kind, id, reason } of aside) log.error(`${kind} ${id} was set aside: ${reason}`)
}
