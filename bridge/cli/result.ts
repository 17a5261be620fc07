/** `troupe result`: waits for a task and prints what came of it. */
import { toTroupeError } from '../../src/errors.js'
import { exitCodes } from './exit.js'
import { jsonLine, plain, valueText } from './print.js'
import { type RemoteFlags, visit } from './remote.js'
import { labelOf, lookUpOne } from './target.js'

export const result = (wanted: string, flags: RemoteFlags): Promise<void> =>
  visit(flags, async (client) => {
    const target = await lookUpOne(client, wanted, { of: ['task'], ended: true })
    try {
      const value = await client.task(target.id).result()
      const shown = flags.json ? jsonLine({ id: target.id, state: 'completed', value }) : valueText(value)
      if (shown !== undefined) console.log(shown)
    } catch (thrown) {
      const error = toTroupeError(thrown)
      // An agent may fail with any code: only the task itself tells whether it failed, or could not be asked for.
      const view = await client.view().catch(() => undefined)
      const state = view?.tasks.get(target.id)?.state
      if (state !== 'failed' && state !== 'cancelled') throw error
      if (flags.json) console.log(jsonLine({ id: target.id, state, error }))
      console.error(`troupe: ${labelOf(target)} ${state === 'failed' ? 'failed' : 'was cancelled'}: ${plain(error.message)}`)
      process.exitCode = exitCodes.rejected
    }
  })
