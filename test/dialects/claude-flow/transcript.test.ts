/** The examples of the document, replayed message by message against a real bridge. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { swarm, task } from '../../../actors/index.js'
import { claudeFlow } from '../../../bridge/dialects/claude-flow/index.js'
import { type Plain, plain } from '../../kit/plain.js'
import { open, setUp } from '../../kit/world.js'
import { worker } from './dashboard.js'

/** What is expected, with `…` for any value, as a matcher that lets more fields be there. */
const matcher = (value: unknown): unknown => {
  if (value === '…') return expect.anything()
  if (Array.isArray(value)) return value.map(matcher)
  if (typeof value !== 'object' || value === null) return value
  return expect.objectContaining(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, matcher(inner)])))
}

it('plays as written down', async () => {
  const { system, bridge, token } = await setUp({ dialects: [claudeFlow] })
  const given = await token({ permissions: ['read', 'write'], agents: ['agent-1', 'agent-2'] })
  const deeds: Readonly<Record<string, () => Promise<unknown>>> = {
    'agent-1 is spawned': () => system.spawn(worker, { id: 'agent-1' }).ready,
    'task-123 is done': () =>
      system.spawn(task({ id: 'task-123', to: 'agent-1', message: { type: 'add', a: 1, b: 2 } })).result(),
    'swarm-1 is formed': () => {
      const members = [system.agent('agent-1'), system.spawn(worker, { id: 'agent-2' }), system.spawn(worker, { id: 'agent-3' })]
      return system.spawn(swarm({ id: 'swarm-1', goal: 'Decide', members })).ready
    },
  }
  const clients = new Map<string, { readonly socket: Plain; heard: number }>()
  const clientOf = async (name: string) => {
    const known = clients.get(name)
    if (known) return known
    const socket = await plain(bridge.url)
    open.push(() => socket.close())
    const client = { socket, heard: 0 }
    clients.set(name, client)
    return client
  }
  const lines = readFileSync(join(import.meta.dirname, 'session.transcript'), 'utf8').split('\n')
  for (const [at, line] of lines.entries()) {
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('! ')) {
      await deeds[line.slice(2)]?.()
      continue
    }
    const [, name = '', verb, rest = ''] = /^(\w+) (>|<|closed) (.*)$/.exec(line) ?? []
    const client = await clientOf(name)
    if (verb === '>') client.socket.say(rest.replace('{token}', given))
    else if (verb === 'closed') expect((await client.socket.ended).code).toBe(Number(rest))
    else {
      const place = client.heard++
      const frame = await client.socket.until((each) => client.socket.frames.indexOf(each) === place, `line ${at + 1}: ${line}`)
      expect(frame, `line ${at + 1}`).toEqual(matcher(JSON.parse(rest)))
    }
  }
  for (const { socket, heard } of clients.values()) expect(socket.frames.slice(heard)).toEqual([])
})
