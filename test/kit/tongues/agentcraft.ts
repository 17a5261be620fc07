/** AgentCraft's protocol. */
import { agentcraft, inbound, outbound } from '../../../bridge/dialects/agentcraft/index.js'
import type { Dialect } from '../../../bridge/index.js'
import { all, among, type Shape, type Tongue, typed } from './tongue.js'

export const agentcraftTongue: Tongue = {
  name: 'agentcraft',
  dialect: agentcraft({ messagesPerMinute: 1_000 }) as Dialect,
  params: { id: 'page' },
  listen: [{ type: 'start_log_streaming', session_id: 'crew' }],
  frames: all(inbound),
  misfit: among(outbound),
  unanswered(said, heard) {
    const count = (frames: readonly Shape[], ...types: string[]) =>
      frames.filter(({ type }) => types.includes(String(type))).length
    const pairs = [
      [count(said, 'get_session_state', 'get_session_logs'), count(heard, 'session_state', 'session_logs', 'session_not_found')],
      [count(said, 'start_log_streaming'), count(heard, 'log_streaming_started')],
      [count(said, 'stop_log_streaming'), count(heard, 'log_streaming_stopped')],
    ]
    return pairs.flatMap(([asked, answered]) => (asked === answered ? [] : [`${answered} answers to ${asked} of one kind`]))
  },
  isRefusal: typed('error'),
}
