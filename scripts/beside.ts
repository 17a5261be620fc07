/**
 * How many messages arrive over a network that drops again and again, here and with Socket.IO's connection state recovery, through the same
 * proxy: `npm run beside -- --drop 2000 --drops 10`. Prints what arrived, was told twice and stood in another order.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { connect } from '../bridge/client.js'
import { openBridge } from '../bridge/index.js'
import { systemClock } from '../src/clock.js'
import { createSystem } from '../src/system/system.js'
import { proxyFor } from '../test/faults/proxy.js'

const { values } = parseArgs({ options: { drop: { type: 'string', default: '2000' }, drops: { type: 'string', default: '10' } } })
const [drop, drops] = [Number(values.drop), Number(values.drops)]
if (!(drop > 0) || !Number.isInteger(drops) || drops < 1) {
  console.error('Expected --drop in milliseconds, above 0, and --drops, a whole number above 0.')
  process.exit(2)
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => void systemClock.after(milliseconds, resolve))

interface Contestant {
  readonly name: string
  readonly port: number
  /** Says it to everybody. */
  say(n: number): void
  /** Listens through that port. */
  listen(port: number, hear: (n: number) => void): Promise<() => void>
  close(): Promise<unknown>
}

const troupe = async (): Promise<Contestant> => {
  const system = createSystem()
  const bridge = await openBridge(system, { port: 0, auth: false })
  return {
    name: 'Troupe',
    port: bridge.port,
    say: (n) => void system.channel('team.blue').publish(n),
    async listen(port, hear) {
      const client = connect(`ws://127.0.0.1:${port}`, { onError: () => {} })
      client.channel('team.blue').subscribe(({ body }) => hear(Number(body)))
      await client.view()
      return () => void client.stop()
    },
    async close() {
      await bridge.close()
      await system.stop({ grace: 0 })
    },
  }
}

const socketIo = async (): Promise<Contestant> => {
  const http = createServer()
  // As its documentation has it: two minutes, and what was sent meanwhile is kept.
  const server = new Server(http, { connectionStateRecovery: { maxDisconnectionDuration: 120_000, skipMiddlewares: true } })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    name: 'Socket.IO',
    // A server that listens on a port has an address.
    port: (http.address() as AddressInfo).port,
    say: (n) => void server.emit('blue', n),
    async listen(port, hear) {
      const client = io(`http://127.0.0.1:${port}`)
      client.on('blue', hear)
      await new Promise<void>((resolve) => client.once('connect', () => resolve()))
      return () => void client.disconnect()
    },
    close: () => server.close(),
  }
}

const run = async ({ name, port, say, listen, close }: Contestant): Promise<void> => {
  const proxy = await proxyFor(port)
  const heard: number[] = []
  const leave = await listen(proxy.port, (n) => heard.push(n))
  const stop = proxy.rhythm(drop, drop)
  let said = 0
  const from = proxy.cuts
  for (const end = systemClock.now() + drops * 2 * drop; systemClock.now() < end; await pause(drop / 100)) say(said++)
  stop()
  // Both come back within a few seconds; what has not come then does not come.
  for (let before = -1; before !== heard.length; await pause(10_000)) before = heard.length
  const different = new Set(heard)
  const late = heard.filter((n, at) => at > 0 && n < (heard[at - 1] ?? 0)).length
  const share = ((different.size / said) * 100).toFixed(1)
  console.log(
    `${name.padEnd(10)} ${share.padStart(6)} % of ${said} arrived; ${heard.length - different.size} twice, ${late} out of order; ${proxy.cuts - from} connections cut`,
  )
  leave()
  await proxy.close()
  await close()
}

await run(await troupe())
await run(await socketIo())
process.exit(0)
