/** A dashboard that speaks claude-flow by hand, on a real socket. */
import { z } from 'zod'
import { agent } from '../../../actors/index.js'
import type { ClaudeFlowOptions } from '../../../bridge/dialects/claude-flow/index.js'
import { claudeFlow } from '../../../bridge/dialects/claude-flow/index.js'
import type { BridgeOptions } from '../../../bridge/index.js'
import { type Frame, type Plain, plain } from '../../kit/plain.js'
import { open, setUp } from '../../kit/world.js'

/** Adds, and fails for whoever asks. */
export const worker = agent('worker', { hears: { add: { a: z.number(), b: z.number() } }, on: { add: ({ a, b }) => a + b } })

let count = 0
export const message = (type: string, fields: object = {}) => ({
  id: `m${++count}`,
  type,
  version: '1.0.0',
  timestamp: Date.now(),
  ...fields,
})

export interface Dashboard extends Plain {
  /** Sends a message and resolves with what answers it: an ack, or an error with its id. */
  ask(type: string, fields?: object): Promise<Frame>
  event(topic: string, fits?: (data: Readonly<Record<string, unknown>>) => boolean): Promise<Readonly<Record<string, unknown>>>
  events(topic?: string): Frame[]
}

export const connect = async (url: string): Promise<Dashboard> => {
  const one = await plain(url)
  open.push(() => one.close())
  return Object.assign(one, {
    async ask(type: string, fields: object = {}) {
      const asked = message(type, fields)
      one.say(asked)
      return one.until(
        (frame) =>
          (frame.type === 'ack' && frame['messageId'] === asked.id) || (frame.type === 'error' && frame['id'] === asked.id),
        `the answer to ${type}`,
      )
    },
    async event(topic: string, fits: (data: Readonly<Record<string, unknown>>) => boolean = () => true) {
      const found = await one.until(
        (frame) => frame.type === 'event' && frame['topic'] === topic && fits(frame['data'] as Record<string, unknown>),
        `an event on ${topic}`,
      )
      return found['data'] as Record<string, unknown>
    },
    events: (topic?: string) =>
      one.frames.filter((frame) => frame.type === 'event' && (topic === undefined || frame['topic'] === topic)),
  })
}

export const world = async (options: ClaudeFlowOptions = {}, bridge: BridgeOptions = {}) => {
  const at = await setUp({ dialects: [claudeFlow(options)], auth: false, ...bridge })
  return { ...at, dashboard: () => connect(at.bridge.url) }
}
