/** The Team Dashboard's protocol. */
import { inbound, outbound, teamDashboard } from '../../../bridge/dialects/team-dashboard/index.js'
import type { Dialect } from '../../../bridge/index.js'
import { all, among, counted, inPayload, once, type Tongue, typed } from './tongue.js'

export const teamTongue: Tongue = {
  name: 'team-dashboard',
  dialect: teamDashboard({ messagesPerSecond: 1_000 }) as Dialect,
  hello: (token) => ({ type: 'auth', payload: { token, clientId: 'x' } }),
  listen: [
    { type: 'subscribe:agent', payload: {} },
    { type: 'subscribe:metrics', payload: {} },
    { type: 'subscribe:logs', payload: {} },
  ],
  frames: all(inbound),
  misfit: among(outbound),
  unanswered(said, heard) {
    const answers = counted(heard.filter(typed('ack')), (frame) => inPayload(frame)['messageId'])
    const pings = said.filter(typed('ping')).length
    const pongs = heard.filter(typed('pong')).length
    return [
      ...once(said, ({ id }) => answers(id), new Set(['ping', 'pong'])),
      ...(pings === pongs ? [] : [`${pongs} answers to ${pings} pings`]),
    ]
  },
  isRefusal: typed('error'),
}
