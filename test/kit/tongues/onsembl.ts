/** Onsembl's protocol. */
import { inbound, onsembl, outbound } from '../../../bridge/dialects/onsembl/index.js'
import type { Dialect } from '../../../bridge/index.js'
import { all, among, inPayload, type Shape, type Tongue, typed } from './tongue.js'

export const onsemblTongue: Tongue = {
  name: 'onsembl',
  dialect: onsembl({ commandsPerMinute: 20, heartbeat: 100_000 }) as Dialect,
  listen: [],
  frames: all(inbound),
  misfit: among(outbound),
  unanswered(said, heard, given) {
    // Nothing says which message an error is about, but for those about one command: so all are counted together.
    const count = (frames: readonly Shape[], type: string) => frames.filter(typed(type)).length
    const refused = heard.filter(typed('error')).filter((frame) => {
      const { details } = inPayload(frame) as { details?: Shape }
      return details?.['commandId'] === undefined
    }).length
    const answers = refused + given + count(heard, 'heartbeat') + count(heard, 'connection:ack')
    const asked = said.length - count(said, 'command:interrupt')
    return answers === asked ? [] : [`${answers} answers to ${asked} messages`]
  },
  isRefusal: typed('error'),
}
