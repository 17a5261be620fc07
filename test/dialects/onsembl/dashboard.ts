/** A bridge that speaks Onsembl alone, and dashboards on real sockets. */
import { expect } from 'vitest'
import { type OnsemblOptions, onsembl, outbound } from '../../../bridge/dialects/onsembl/index.js'
import type { BridgeOptions } from '../../../bridge/index.js'
import { type Frame, type Plain, plain } from '../../kit/plain.js'
import { open, setUp } from '../../kit/world.js'

export interface Dashboard extends Plain {
  /** Says a word as the page does. */
  tell(type: string, payload?: object): void
  /** The payloads of all that came of a type. */
  all(type: string): Frame['payload'][]
  /** The next payload of a type that fits. */
  payload(type: string, fits?: (payload: Frame['payload']) => boolean): Promise<Frame['payload']>
  /** Asks for a command and answers its id, once it is queued. */
  run(agentId: string, command: string, more?: object): Promise<string>
  /** The status that ends a command. */
  end(commandId: string): Promise<Frame['payload']>
}

const final = /^(completed|failed|interrupted)$/

const asDashboard = (one: Plain): Dashboard => {
  const all = (type: string) => one.frames.filter((frame) => frame.type === type).map(({ payload }) => payload)
  const tell = (type: string, payload: object = {}) => one.say({ version: '1.0.0', type, timestamp: 1_700_000_000_000, payload })
  const payload = async (type: string, fits: (payload: Frame['payload']) => boolean = () => true) =>
    (await one.until((frame) => frame.type === type && fits(frame.payload), type)).payload
  return {
    ...one,
    all,
    tell,
    payload,
    async run(agentId, command, more = {}) {
      const known = new Set(all('command:status').map(({ commandId }) => commandId))
      tell('command:request', { agentId, command, priority: 'normal', ...more })
      const { commandId } = await payload('command:status', (status) => !known.has(status['commandId']))
      return String(commandId)
    },
    end: (commandId) =>
      payload('command:status', (status) => status['commandId'] === commandId && final.test(String(status['status']))),
  }
}

/** Every frame that was heard is one of the document's. */
export const allFit = ({ frames }: Pick<Plain, 'frames'>): void => {
  for (const frame of frames) {
    const schema = Object.entries(outbound).find(([type]) => type === frame.type)?.[1]
    expect(schema, JSON.stringify(frame)).toBeDefined()
    expect(schema?.safeParse(frame).error?.message, JSON.stringify(frame)).toBeUndefined()
  }
}

export const onsemblWorld = async (
  options: BridgeOptions = {},
  settings: OnsemblOptions = {},
  system: Parameters<typeof setUp>[1] = {},
) => {
  const world = await setUp({ dialects: [onsembl(settings)], ...options }, system)
  const path = `${world.bridge.url}${settings.paths?.[0] ?? '/ws/dashboard'}`
  /** Opens a connection; `query` as it stands in the address. */
  const connect = async (query = '', dialing: Parameters<typeof plain>[1] = {}): Promise<Dashboard> => {
    const one = asDashboard(await plain(`${path}${query}`, dialing))
    open.push(() => one.close())
    return one
  }
  /** A dashboard that was let in and greeted. */
  const dashboard = async (claims: Parameters<typeof world.token>[0] = {}): Promise<Dashboard> => {
    const one = await connect(`?token=${await world.token(claims)}`)
    await one.type('agent:list')
    return one
  }
  return { ...world, connect, dashboard }
}
