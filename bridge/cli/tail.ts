/** `troupe tail`: prints events as they come. */
import { merge } from 'rxjs'
import type { Envelope } from '../../src/protocol/envelope.js'
import { eventLine } from './event-line.js'
import { follow } from './follow.js'
import { jsonLine } from './print.js'
import { type RemoteFlags, reach } from './remote.js'

export const tail = async (patterns: readonly string[], flags: RemoteFlags): Promise<void> => {
  const client = await reach(flags)
  const events = merge(...patterns.map((pattern) => client.channel<string>(pattern).envelopes))
  let last: Envelope | undefined
  await follow(client, events, (envelope) => {
    // Two patterns that both cover an event hear it one after the other.
    if (envelope !== last) console.log(flags.json ? jsonLine(envelope) : eventLine(envelope))
    last = envelope
  })
}
