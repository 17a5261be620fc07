/** How an honest client of each protocol comes in, and what it asks to see that it is still answered. */
import type { DialectName } from './attack.js'

interface Manners {
  /** `token` stands for the token. */
  readonly path: string
  readonly hello?: unknown
  /** What tells that it is welcome. */
  readonly welcome: unknown
  readonly ask: unknown
  readonly answer: unknown
}

export const manners: Readonly<Record<DialectName, Manners>> = {
  native: {
    path: '/native',
    hello: { id: 'hello', type: 'hello', payload: { token: '<token>' } },
    welcome: { type: 'welcome' },
    ask: { id: 'still-there', type: 'ping' },
    answer: { type: 'pong', correlationId: 'still-there' },
  },
  openclaw: {
    path: '/ws',
    hello: { type: 'AUTH', token: '<token>', clientType: 'frontend', version: '1.0.0' },
    welcome: { type: 'CONNECTION_ACK' },
    ask: { id: 'still-there', type: 'ping' },
    answer: { correlationId: 'still-there' },
  },
  'team-dashboard': {
    path: '/ws',
    hello: { id: 'hello', type: 'auth', payload: { token: '<token>', clientId: 'mallory' } },
    welcome: { type: 'ack' },
    ask: { type: 'ping', payload: { timestamp: 4711 } },
    answer: { type: 'pong' },
  },
  onsembl: {
    path: '/ws/dashboard?token=<token>',
    welcome: { type: 'agent:list' },
    ask: { version: '1.0.0', type: 'heartbeat', timestamp: 1, payload: { sequence: 4711 } },
    answer: { type: 'heartbeat', payload: { sequence: 4711 } },
  },
  agentcraft: {
    path: '/ws/agent-tracking/page?token=<token>',
    welcome: { type: 'active_sessions' },
    ask: { type: 'get_session_state', session_id: 'still-there' },
    answer: { type: 'session_not_found', session_id: 'still-there' },
  },
  'claude-flow': {
    path: '/',
    hello: { id: 'hello', type: 'auth', version: '1.0.0', timestamp: 1, token: '<token>' },
    welcome: { type: 'ack', messageId: 'hello' },
    ask: { id: 'still-there', type: 'ping', version: '1.0.0', timestamp: 1 },
    answer: { type: 'pong' },
  },
}
