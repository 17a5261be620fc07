/** A round of clients: each connects, listens, spawns, works as an agent, and leaves, some without a word. */
import { shell } from '../../actors/index.js'
import { type Bridge, openBridge } from '../../bridge/bridge.js'
import { connect } from '../../bridge/client.js'
import { signToken } from '../../bridge/token.js'
import type { System } from '../../src/system/system.js'

export interface Bridged {
  readonly system: System
  readonly bridge: Bridge
  readonly token: string
  close(): Promise<void>
}

const secret = 'a secret for the search for leaks'

export const openBridged = async (system: System): Promise<Bridged> => {
  const bridge = await openBridge(system, {
    port: 0,
    secret,
    spawnable: [shell],
    sessionWindow: 50,
    agentWindow: 50,
    keys: { limit: 100 },
  })
  const token = await signToken({ sub: 'leaks', permissions: ['admin'], agents: ['*'], ttl: 3_600_000 }, secret)
  return { system, bridge, token, close: () => bridge.close() }
}

const visit = async ({ bridge, token }: Bridged, at: number): Promise<void> => {
  const client = connect(bridge.url, { token, codec: at % 2 ? 'json' : 'msgpack', onError: () => {}, reconnect: false })
  const heard = client.channel('agent.*.status', { minPriority: 'high' }).subscribe({ error: () => {} })
  await client.view()
  const ref = client.spawn(shell)
  await ref.ready
  const own = client.register({ id: `own-${crypto.randomUUID()}`, hears: ['note'] }, () => 1)
  await own.ready
  await client.ask(own.id, { type: 'note' })
  await ref.stop()
  heard.unsubscribe()
  await client.stop()
}

const together = 50

export const clientRound = async (bridged: Bridged, count: number): Promise<void> => {
  for (let from = 0; from < count; from += together)
    await Promise.all(Array.from({ length: Math.min(together, count - from) }, (_, i) => visit(bridged, from + i)))
}
