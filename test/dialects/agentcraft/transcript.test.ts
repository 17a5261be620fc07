/** The example session of the document, frame by frame: what is said, what happens in the system, and every frame that follows. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { swarm, task } from '../../../actors/index.js'
import { agentcraftWorld, type Call, puppets } from './dashboard.js'

type Entry = { readonly client: object } | { readonly server: object } | { readonly happens: string }

const transcript = readFileSync(join(import.meta.dirname, 'session.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  // The file is our own; the test fails on a line of another shape.
  .map((line) => JSON.parse(line) as Entry)

/** Points in time are not the same twice: only what they look like is. */
const timeless = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value)) return value.map((item) => timeless(item))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, timeless(inner, name)]))
  const isTime = /^(timestamp|started_at|updated_at|estimated_completion|datetime)$/.test(key)
  if (isTime && typeof value === 'number') return value > 1e9 ? '<seconds>' : '<seconds to go>'
  if (isTime && typeof value === 'string') return '<iso>'
  return value
}

const begin = async () => {
  const world = await agentcraftWorld()
  const { system } = world
  const { definition, next } = puppets()
  system.spawn(definition, { id: 'agent-uuid', name: 'Technical Integration Specialist' })
  system.spawn(definition, { id: 'security', name: 'Security Specialist' })
  const crew = system.spawn(
    swarm({
      ...{ id: 'session_abc123', goal: 'How do I fix webhook errors?', topology: 'mesh' },
      members: ['agent-uuid', 'security'],
    }),
  )
  let call: Call | undefined
  const happens: Readonly<Record<string, () => Promise<unknown> | unknown>> = {
    'the task begins': async () => {
      const message = { type: 'investigate' } as const
      system.spawn(task({ id: 'task-uuid', to: crew, title: 'Analyzing webhook configuration', message }))
      call = await next()
    },
    'it is at 65 %': () => call?.progress(65, 'Analyzing webhook signature validation...'),
    'it prints a line': () => call?.output('Starting webhook analysis\n'),
    'it is handed over': async () => {
      await crew.handOver({ task: 'task-uuid', to: 'security', reason: 'Requires security expertise' })
      call = await next()
    },
    'it is done': () => call?.done(),
    'the session ends': () => crew.stop(),
  }
  return { ...world, happens }
}

describe('the example session of the document', () => {
  it('is spoken frame by frame', async () => {
    const { connect, happens } = await begin()
    const one = await connect('client_1642678200123_k3j2h1')
    let heard = 0
    for (const [at, entry] of transcript.entries()) {
      if ('client' in entry) one.say(entry.client)
      else if ('happens' in entry) {
        const act = happens[entry.happens]
        if (!act) throw new Error(`Nobody knows how this happens: ${entry.happens}`)
        await act()
      } else {
        const position = heard++
        await one.until(() => one.frames.length > position, `line ${at + 1} of the transcript`)
        expect(timeless(one.frames[position]), `line ${at + 1} of the transcript`).toEqual(entry.server)
      }
    }
    one.say({ type: 'stop_log_streaming' })
    await one.until(({ message }) => message === 'Log streaming was not enabled.')
    expect(one.frames).toHaveLength(heard + 1)
  })
})
