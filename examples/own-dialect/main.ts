/** A protocol of your own beside those that Troupe speaks: its client commands a shell agent, and prints all that it hears. */
import { once } from 'node:events'
import { createSystem } from 'troupe'
import { shell } from 'troupe/actors'
import { dialects, openBridge, signToken } from 'troupe/bridge'
// Any WebSocket will do; that of a browser, too.
import { WebSocket } from 'ws'
import { lantern, outbound } from './lantern.js'

await using system = createSystem()
await system.spawn(shell, { id: 'harbour' }).ready

const secret = 'a secret of at least thirty-two bytes, only for this example'
await using bridge = await openBridge(system, { port: 0, secret, dialects: [...dialects, lantern] })
const token = await signToken({ sub: 'keeper', permissions: ['read', 'write', 'agent_control'], ttl: 60_000 }, secret)

const socket = new WebSocket(`${bridge.url}/lantern?token=${token}`)
const say = (frame: object) => {
  console.log('→', JSON.stringify(frame))
  socket.send(JSON.stringify(frame))
}

socket.on('message', (data) => {
  const frame = outbound.parse(JSON.parse(data.toString()))
  console.log('←', JSON.stringify(frame))
  if (frame.tell === 'lit') say({ do: 'enter', ref: '1' })
  if (frame.tell === 'inside') {
    say({ do: 'run', ref: '2', agent: 'harbour', line: 'echo the lamp is lit' })
    say({ do: 'run', ref: '3', agent: 'nowhere', line: 'true' })
    say({ do: 'whistle', ref: '4' })
  }
  if (frame.tell === 'ended') say({ do: 'leave', ref: '5' })
})

const [code] = await once(socket, 'close')
console.log('closed:', code)
