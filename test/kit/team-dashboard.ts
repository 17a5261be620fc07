/** Team Dashboards that are let in, and whether what they heard is Team Dashboard. */
import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { shell } from '../../actors/index.js'
import { outbound, teamDashboard } from '../../bridge/dialects/team-dashboard/index.js'
import type { BridgeOptions } from '../../bridge/index.js'
import { type Frame, type Plain, plain } from './plain.js'
import { odd, open, setUp } from './world.js'

export const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'troupe-team-')))

/** A bridge that speaks only this protocol, and a dashboard that is let in. */
export const team = async (
  options: BridgeOptions = {},
  settings: Parameters<typeof teamDashboard>[0] = {},
  system: Parameters<typeof setUp>[1] = {},
) => {
  const world = await setUp({ dialects: [teamDashboard(settings)], spawnable: [shell, odd], ...options }, system)
  const connect = async () => {
    const one = await plain(`${world.bridge.url}/ws`)
    open.push(() => one.close())
    return one
  }
  let count = 0
  const ask = (one: Plain, type: string, payload: object = {}, metadata?: object) => {
    const id = `m${++count}`
    one.say({ id, type, timestamp: 1, payload, ...(metadata ? { metadata } : {}) })
    return acked(one, id)
  }
  const dashboard = async (claims: Parameters<typeof world.token>[0] = {}, auth: object = {}) => {
    const one = await connect()
    const ack = await ask(one, 'auth', { token: await world.token(claims), clientId: 'dash', ...auth })
    return { one, ack, session: String(ack['sessionId']) }
  }
  const agent = async (one: Plain, more: object = {}) => {
    const ack = await ask(one, 'agent:create', { name: 'Ada', model: 'claude-3-opus', workspace, ...more })
    return String(ack['agentId'])
  }
  return { ...world, connect, ask, dashboard, agent }
}

export const acked = async (one: Plain, id: string): Promise<Frame['payload']> =>
  (await one.until(({ type, payload }) => type === 'ack' && payload['messageId'] === id, `the ack of ${id}`)).payload

export const ofAgent = (one: Plain, type: string) =>
  one.frames.filter((frame) => frame.type === type).map(({ payload }) => payload)

export const text = (one: Plain) =>
  ofAgent(one, 'agent:output')
    .map(({ data }) => data)
    .join('')

/** Every frame that was heard is one of the document's. */
export const allFit = (one: Plain) => {
  for (const frame of one.frames) {
    const schema = Object.entries(outbound).find(([type]) => type === frame.type)?.[1]
    expect(schema?.safeParse(frame).error?.message, JSON.stringify(frame)).toBeUndefined()
    expect(schema).toBeDefined()
  }
}
