/** Prints events as they come, and tells of what was lost, until Ctrl-C. */
import type { Observable } from 'rxjs'
import type { Envelope } from '../../src/protocol/envelope.js'
import type { Client } from '../client.js'
import { exitCodes, onInterrupt } from './exit.js'
import { plain } from './print.js'

/** Listens from the moment it is called. The client is left afterwards. */
export const follow = async (
  client: Client,
  events: Observable<Envelope>,
  print: (envelope: Envelope) => void,
): Promise<void> => {
  client.losses.subscribe(({ topic, fromSeq, toSeq, reason }) =>
    console.error(`troupe: events of ${topic} were lost (${fromSeq ?? '?'} to ${toSeq ?? '?'}, ${reason})`),
  )
  let lost = false
  client.connection.subscribe(({ status, lastError }) => {
    if (status === 'waiting' && !lost)
      console.error(`troupe: ${plain(lastError?.message ?? 'the connection was lost').replace(/\.+$/, '')}; trying again`)
    if (status === 'open' && lost) console.error('troupe: connected again')
    if (status === 'waiting' || status === 'open') lost = status === 'waiting'
  })
  await new Promise<void>((resolve, reject) => {
    const subscription = events.subscribe({ next: print, error: reject, complete: resolve })
    onInterrupt(
      () => {
        subscription.unsubscribe()
        resolve()
      },
      () => process.exit(exitCodes.interrupted),
    )
  }).finally(() => client.stop())
}
