/** AgentCraft dashboards on a real bridge, agents that do what a test tells them to, and whether what was heard is AgentCraft. */
import { expect } from 'vitest'
import { agent } from '../../../actors/index.js'
import { type AgentCraftOptions, agentcraft, outbound } from '../../../bridge/dialects/agentcraft/index.js'
import type { BridgeOptions } from '../../../bridge/index.js'
import { type Frame, type Plain, plain } from '../../kit/plain.js'
import { open, setUp } from '../../kit/world.js'

/** The work that a puppet has in hand. */
export interface Call {
  progress(percent: number, note?: string): void
  activity(text: string): void
  output(text: string, stream?: 'stdout' | 'stderr'): void
  done(): void
  fail(error: Error): void
}

/** A kind of agent whose work is done by the test. */
export const puppets = () => {
  const calls: Call[] = []
  let waiting: ((call: Call) => void)[] = []
  const definition = agent('puppet', {
    hears: { investigate: {} },
    on: {
      investigate: (_, scope) =>
        new Promise<void>((resolve, reject) => {
          const call: Call = {
            progress: (percent, note) => scope.progress(percent, note),
            activity: (text) => scope.activity(text),
            output: (text, stream) => scope.output(text, stream),
            done: () => resolve(),
            fail: reject,
          }
          scope.signal.addEventListener('abort', () => resolve())
          const [first, ...others] = waiting
          waiting = others
          if (first) first(call)
          else calls.push(call)
        }),
    },
  })
  /** The next work that one of them begins. */
  const next = (): Promise<Call> => {
    const call = calls.shift()
    return call ? Promise.resolve(call) : new Promise((resolve) => waiting.push(resolve))
  }
  return { definition, next }
}

/** A part of a frame, which the bridge is tested to send. */
export const part = (frame: Frame | undefined, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], frame)

/** Every frame is one of the protocol’s, and has nothing that its schema does not name. */
export const allFit = (frames: readonly object[]) => {
  for (const frame of frames) {
    const schema = Object.entries(outbound).find(([type]) => 'type' in frame && type === frame.type)?.[1]
    expect(schema, JSON.stringify(frame)).toBeDefined()
    expect(schema?.parse(frame)).toEqual(frame)
  }
}

interface Dashboard extends Plain {
  /** The next frame that fits, after those that this was answered with before. */
  next(type: string, fits?: (frame: Frame) => boolean): Promise<Frame>
  all(type: string): Frame[]
}

export const agentcraftWorld = async (options: BridgeOptions = {}, settings: AgentCraftOptions = {}) => {
  const world = await setUp({ auth: false, dialects: [agentcraft(settings)], ...options })
  const connect = async (id = 'client_1642678200123_abc', { path = '/ws/agent-tracking', headers = {}, query = '' } = {}) => {
    const one = await plain(`${world.bridge.url}${path}/${id}${query}`, { headers })
    open.push(async () => {
      await one.close()
      allFit(one.frames)
    })
    let from = 0
    const dashboard: Dashboard = Object.assign(one, {
      async next(type: string, fits: (frame: Frame) => boolean = () => true) {
        const found = await one.until(
          (frame) => frame.type === type && one.frames.indexOf(frame) >= from && fits(frame),
          `${type} after frame ${from}`,
        )
        from = one.frames.indexOf(found) + 1
        return found
      },
      all: (type: string) => one.frames.filter((frame) => frame.type === type),
    })
    return dashboard
  }
  /** Connects, and has been told which sessions there are. */
  const dashboard = async (...settings: Parameters<typeof connect>) => {
    const one = await connect(...settings)
    await one.next('active_sessions')
    return one
  }
  return { ...world, connect, dashboard }
}
