/** `troupe exec`: runs a command on a remote shell agent. */
import { constants } from 'node:os'
import { TroupeError } from '../../src/errors.js'
import type { Client } from '../client.js'
import { exitCodes, onInterrupt, onReaderLeft } from './exit.js'
import { plain } from './print.js'
import { type RemoteFlags, reach } from './remote.js'
import { Shown } from './shown.js'
import { find, matching, targetsOf } from './target.js'

const agentOf = async (client: Client, wanted: string): Promise<{ readonly id: string; readonly hears: readonly string[] }> => {
  const { agents } = await client.view()
  const known = targetsOf({ agents, tasks: new Map(), swarms: new Map() })
  const [only] = matching(known, wanted)
  // Where several are meant, it says so.
  if (only) {
    const { id } = find(known, wanted, { of: ['agent'] })
    return { id, hears: agents.get(id)?.hears ?? [] }
  }
  const able = [...agents.values()]
    .filter((agent) => agent.hears.includes('run') && agent.state !== 'stopped')
    .map((agent) => `${agent.id} (${agent.name})`)
  throw new TroupeError('NOT_FOUND', `There is no agent ${wanted}. Those that run commands: ${able.join(', ') || 'none'}.`)
}

/** How a shell tells of the end of a command. */
const codeOf = (details: Readonly<Record<string, unknown>>): number | undefined => {
  const { exitCode, signal } = details
  if (typeof exitCode === 'number') return exitCode
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1]
  return number === undefined ? undefined : 128 + number
}

/** Words as a shell reads them back. One word alone is a line for the shell, as it stands. */
const lineOf = (words: readonly string[]): string =>
  words.length === 1
    ? (words[0] ?? '')
    : words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')

export const exec = async (wanted: string, words: readonly string[], flags: RemoteFlags): Promise<void> => {
  const client = await reach(flags)
  try {
    const { id: to, hears } = await agentOf(client, wanted)
    const id = globalThis.crypto.randomUUID()
    const shown = new Shown(client, to, id)
    // Listened first, so that nothing is printed before anybody hears it; the status comes after the last piece of output.
    const over = new Promise<void>((resolve, reject) => {
      client.channel<string>(`task.${id}.*`).subscribe({
        next: (event) => {
          if (event.type === 'task.output') shown.show(event)
          else if (event.type === 'task.status' && ['completed', 'failed', 'cancelled'].includes(event.state)) resolve()
        },
        error: reject,
      })
    })
    over.catch(() => {})
    const job = client.spawn({
      kind: 'task',
      id,
      to,
      title: lineOf(words).slice(0, 200),
      message: { type: 'run', command: lineOf(words), ...(hears.includes('took') ? await shown.pace() : {}) },
    })
    let unread = false
    onReaderLeft(() => {
      unread = true
      void job.cancel('nobody reads its output any more')
    })
    onInterrupt(
      () => void job.cancel('interrupted at the terminal'),
      () => process.exit(exitCodes.interrupted),
    )
    await job.ready
    const error = await job.result().then(
      () => undefined,
      (thrown: TroupeError) => thrown,
    )
    // A system that began anew knows nothing of it, and will say nothing more.
    if (error?.code !== 'NOT_FOUND') await over
    if (shown.missing !== undefined && !unread) {
      console.error(`troupe: ${shown.missing}.`)
      process.exitCode = exitCodes.cannot
    }
    if (!error) return
    const code = codeOf(error.details ?? {})
    if (code === undefined && !unread) console.error(`troupe: ${plain(error.message)}`)
    process.exitCode = unread
      ? exitCodes.unread
      : (code ?? (error.code === 'CANCELLED' ? exitCodes.interrupted : exitCodes.cannot))
  } finally {
    await client.stop()
  }
}
