/** `troupe tail`: prints events as they come. */
import { merge } from 'rxjs'
import type { Envelope } from '../../src/protocol/envelope.js'
import { eventLine } from './event-line.js'
import { exitCodes, onInterrupt } from './exit.js'
import { type RemoteFlags, reach } from './remote.js'

export const tail = async (patterns: readonly string[], flags: RemoteFlags & { readonly json?: boolean }): Promise<void> => {
  const client = await reach(flags)
  const print = flags.json
    ? (envelope: Envelope) => console.log(JSON.stringify(envelope))
    : (envelope: Envelope) => console.log(eventLine(envelope))
  client.losses.subscribe(({ topic, fromSeq, toSeq, reason }) =>
    console.error(`troupe: events of ${topic} were lost (${fromSeq ?? '?'} to ${toSeq ?? '?'}, ${reason})`),
  )
  let lost = false
  client.connection.subscribe(({ status, lastError }) => {
    if (status === 'waiting' && !lost)
      console.error(`troupe: ${(lastError?.message ?? 'the connection was lost').replace(/\.+$/, '')}; trying again`)
    if (status === 'open' && lost) console.error('troupe: connected again')
    if (status === 'waiting' || status === 'open') lost = status === 'waiting'
  })
  await new Promise<void>((resolve, reject) => {
    const events = merge(...patterns.map((pattern) => client.channel<string>(pattern).envelopes))
    let last: Envelope | undefined
    const subscription = events.subscribe({
      // Two patterns that both cover an event hear it one after the other.
      next: (envelope) => {
        if (envelope !== last) print(envelope)
        last = envelope
      },
      error: reject,
      complete: resolve,
    })
    onInterrupt(
      () => {
        subscription.unsubscribe()
        resolve()
      },
      () => process.exit(exitCodes.interrupted),
    )
  }).finally(() => client.stop())
}
