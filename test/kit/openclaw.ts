/** OpenClaw clients that are let in, and whether what they heard is OpenClaw. */
import { expect } from 'vitest'
import { z } from 'zod'
import { agent, shell } from '../../actors/index.js'
import { openclaw, outbound } from '../../bridge/dialects/openclaw/index.js'
import type { BridgeOptions } from '../../bridge/index.js'
import { type Frame, type Plain, plain } from './plain.js'
import { open, setUp } from './world.js'

/** Plans, says that it has, and can be slow. */
export const planner = agent('planner', {
  hears: { plan: { goal: z.string() }, slow: {} },
  says: { planned: { goal: z.string() } },
  on: {
    plan({ goal }, { say }) {
      say({ type: 'planned', goal })
      return { steps: [`think of ${goal}`] }
    },
    slow: (_, { signal }) => new Promise((done) => signal.addEventListener('abort', () => done('late'))),
  },
})

/** A bridge that speaks only this protocol. */
export const openclawWorld = async (options: BridgeOptions = {}, settings: Parameters<typeof openclaw>[0] = {}) => {
  const world = await setUp({ dialects: [openclaw(settings)], spawnable: [shell, planner], ...options })
  const connect = async () => {
    const one = await plain(`${world.bridge.url}/ws`)
    open.push(() => one.close())
    return one
  }
  let count = 0
  const dashboard = async (claims: Parameters<typeof world.token>[0] = {}, auth: object = {}, clientType = 'frontend') => {
    const one = await connect()
    const { agents = [claims.sub ?? 'ann'] } = claims
    one.say({ type: 'auth', token: await world.token({ agents, ...claims }), clientType, ...auth })
    await one.type('connection_ack')
    /** The one answer to a message. */
    const ask = (type: string, payload: object, more: object = {}): Promise<Frame> => {
      const id = `q${++count}`
      const frame = { id, type, timestamp: '2024-01-15T10:30:00Z', source: 'test', priority: 1, payload, ...more }
      one.say(frame)
      const correlationId = 'correlationId' in more ? more.correlationId : id
      return one.until(
        (heard) => heard['correlationId'] === correlationId && ['response', 'error'].includes(heard.type),
        `the answer to ${type}`,
      )
    }
    return { one, ask }
  }
  return { ...world, connect, dashboard }
}

/** Every frame that was heard is one of the document's. */
export const fits = (one: Plain): void => {
  const schemas = {
    connection_ack: outbound.acknowledgement,
    CONNECTION_ACK: outbound.acknowledgement,
    error: outbound.error,
    response: outbound.response,
  } as const
  for (const frame of one.frames) {
    const schema = Object.entries(schemas).find(([type]) => type === frame.type)?.[1] ?? outbound.other
    expect(schema.safeParse(frame).error?.message, JSON.stringify(frame)).toBeUndefined()
  }
}

/** Broadcasts of that event. */
export const events = (one: Plain, event: string) => one.frames.filter(({ payload }) => payload?.['event'] === event)
/** What a response, or a broadcast, carries. */
export const dataOf = ({ payload }: Frame) => payload['data'] as Record<string, unknown>
