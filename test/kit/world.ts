/** A system with a bridge on a real port, closed after each test. */
import { afterEach } from 'vitest'
import { z } from 'zod'
import { agent } from '../../actors/index.js'
import { type Bridge, type BridgeOptions, openBridge, signToken } from '../../bridge/index.js'
import { createSystem, type System, type SystemOptions } from '../../src/system/system.js'
import { connectRaw, type TestClient, type TestClientOptions } from './tclient.js'

export const secret = 'a secret for tests'

/** Answers in all the ways that can go wrong. */
export const odd = agent('odd', {
  hears: { echo: { value: z.unknown() }, loop: {}, slow: {}, report: { times: z.number() } },
  says: { step: { at: z.number() } },
  on: {
    echo: ({ value }) => value,
    loop: () => {
      const loop: Record<string, unknown> = {}
      loop['loop'] = loop
      return loop
    },
    slow: (_, { signal }) => new Promise((done) => signal.addEventListener('abort', () => done('stopped'))),
    report({ times }, { say }) {
      for (let at = 1; at <= times; at++) say({ type: 'step', at })
      return times
    },
  },
})

interface Errors {
  readonly list: string[]
}

/** What is closed after the test, last first. */
export const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

export const setUp = async (options: BridgeOptions = {}, settings: Omit<SystemOptions, 'onError'> = {}) => {
  const errors: Errors = { list: [] }
  const system: System = createSystem({ ...settings, onError: (error, where) => errors.list.push(`${where}: ${error.message}`) })
  const bridge: Bridge = await openBridge(system, { port: 0, secret, spawnable: [odd], ...options })
  open.push(
    () => system.stop({ grace: 100 }),
    () => bridge.close(),
  )
  const token = (claims: Partial<Parameters<typeof signToken>[0]> = {}) =>
    signToken({ sub: 'ann', permissions: ['admin'], ttl: 60_000, ...claims }, secret)
  const client = async (settings: TestClientOptions = {}): Promise<TestClient> => {
    const one = await connectRaw(bridge.url, settings)
    open.push(() => one.close())
    return one
  }
  const welcome = async (settings: TestClientOptions = {}) => {
    const one = await client(settings)
    await one.hello({ token: await token() })
    return one
  }
  return { system, bridge, errors, token, client, welcome, http: bridge.url.replace('ws:', 'http:') }
}
