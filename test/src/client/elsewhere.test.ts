import { afterEach, describe, expect, it } from 'vitest'
import { connect } from '../../../bridge/client.js'
import { openBridge } from '../../../bridge/index.js'
import { createSystem } from '../../../src/system/system.js'

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

const bridge = async () => {
  const system = createSystem({ onError: () => {} })
  const one = await openBridge(system, { port: 0, auth: false })
  undo.push(
    () => system.stop({ grace: 0 }),
    () => one.close(),
  )
  return { system, one }
}
const client = (url: string) => {
  const one = connect(url, { reconnect: { delays: [10, 50] }, onError: () => {} })
  undo.push(() => one.stop())
  return one
}

describe('a server that goes away', { timeout: 30_000 }, () => {
  it('sends its clients to another, where they go on', async () => {
    const [first, second] = [await bridge(), await bridge()]
    const ann = client(first.one.url)
    await ann.view()
    first.one.drain({ url: second.one.url })
    await first.one.close()
    await expect.poll(() => second.one.connections, { timeout: 15_000 }).toBe(1)
    expect((await ann.view()).epoch).toBe(second.system.state.epoch)
  })

  it('is where they come back to when nobody is found there', async () => {
    const first = await bridge()
    const { port } = first.one
    const ann = client(first.one.url)
    await ann.view()
    first.one.drain({ url: 'ws://127.0.0.1:9' })
    await first.one.close()
    const again = await openBridge(first.system, { port, auth: false })
    undo.push(() => again.close())
    await expect.poll(() => again.connections, { timeout: 15_000 }).toBe(1)
  })
})
