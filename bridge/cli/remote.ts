/** The connection of a command to a distant system. */
import { fromFailure, TroupeError } from '../../src/errors.js'
import { type Client, connect } from '../client.js'
import { exitCodes, onInterrupt } from './exit.js'
import { plain } from './print.js'

export interface RemoteFlags {
  readonly url: string
  readonly token?: string
  readonly codec: 'json' | 'msgpack'
  /** JSON lines instead of text. */
  readonly json?: boolean
}

/** An address as it may be shown: a token, or a password, may stand in it. */
const tokenless = (url: string): string => url.replace(/\?.*$/s, '?…').replace(/\/\/[^/]*@/, '//…@')

/** How often it is tried before nothing is there. */
const attempts = 3

/** Of what nobody waits for. */
const tell = (error: TroupeError): void => console.error(`troupe: ${plain(error.message)}`)

/** Connects, and waits until that has worked. Rejects with a sentence when it does not. `trouble` is told of what no caller can be told. */
export const reach = async (flags: RemoteFlags, trouble: (error: TroupeError) => void = tell): Promise<Client> => {
  if (!/^wss?:\/\//.test(flags.url))
    throw new TroupeError(
      'INVALID_OPTION',
      `--url expects an address such as ws://127.0.0.1:3001; got ${JSON.stringify(tokenless(flags.url))}.`,
    )
  let open = false
  const client = connect(flags.url, {
    codec: flags.codec,
    name: 'troupe command',
    reconnect: { delays: [0, 300, 600, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000] },
    ...(flags.token ? { token: flags.token } : {}),
    onError: (error, where) => {
      // Of the end of the connection the command itself tells, with its code.
      if (open && where !== 'the connection') trouble(error)
    },
  })
  return new Promise((resolve, reject) => {
    const fail = (error: TroupeError | undefined) => {
      reject(
        error && error.code !== 'DISCONNECTED'
          ? fromFailure({ code: error.code, message: error.message })
          : new TroupeError(
              'DISCONNECTED',
              error?.message.includes('503')
                ? `The bridge at ${tokenless(flags.url)} is going away; try again when it is back.`
                : `Nothing answers at ${tokenless(flags.url)}: ${error?.message ?? 'no reason is known'} Is troupe up running there?`,
            ),
      )
      // Afterwards, since closing is a change of state too, and the reason to tell is the one before it.
      void client.stop()
    }
    client.connection.subscribe((state) => {
      if (open) return
      if (state.status === 'open') {
        open = true
        resolve(client)
      } else if (state.status === 'closed' || (state.status === 'waiting' && state.attempt >= attempts)) fail(state.lastError)
    })
  })
}

/** Does something with a distant system and leaves it. Ctrl-C leaves it at once; what was asked for goes on there. */
export const visit = async (
  flags: RemoteFlags,
  run: (client: Client) => Promise<void>,
  trouble?: (error: TroupeError) => void,
): Promise<void> => {
  const leave = () => process.exit(exitCodes.interrupted)
  const stopListening = onInterrupt(leave, leave)
  try {
    const client = await reach(flags, trouble)
    await run(client).finally(() => client.stop())
  } finally {
    stopListening()
  }
}
