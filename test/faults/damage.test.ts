/** A journal that is damaged on disk while its clients wait for their server: what is lost is told, and nothing that never was is said. */
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { createSeededIds } from '../../src/ids.js'
import type { Envelope } from '../../src/protocol/envelope.js'
import { until } from './native-clients.js'
import { type Place, settle } from './process.js'

const seed = Number(process.env['SEED'] ?? systemClock.now() % 1_000_000)

/** The file that holds most of what was written. */
const largest = (place: Place): string => {
  const files = readdirSync(place.directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(place.directory, name))
    .filter((path) => statSync(path).isFile() && /\.(log|ldb)$/.test(path))
  const [first = ''] = files.sort((one, other) => statSync(other).size - statSync(one).size)
  return first
}

const damages = {
  'was cut off': (path: string, share: number) => truncateSync(path, Math.floor(statSync(path).size * share)),
  'has a byte that is another': (path: string, share: number) => {
    const bytes = readFileSync(path)
    const at = Math.floor(bytes.length * share)
    bytes[at] = (bytes[at] ?? 0) ^ 0x55
    writeFileSync(path, bytes)
  },
}

describe.each(Object.entries(damages))('a journal that %s', { timeout: 60_000 }, (_, damage) => {
  it(`begins another epoch, tells clients what may be missing, and says nothing wrong (seed ${seed})`, async () => {
    const ids = createSeededIds(seed, () => 0)
    await using place = await settle()
    const first = place.begin()
    await first.open
    const client = place.client('ann')
    const heard: Envelope[] = []
    const losses: { readonly topic: string; readonly reason: string }[] = []
    client.losses.subscribe((loss) => losses.push(loss))
    client.channel('team.#').envelopes.subscribe((envelope) => heard.push(envelope))
    await client.spawn({ kind: 'agent', name: 'scribe' } as never, { id: 'scribe' }).ready
    const said = Array.from({ length: 300 }, (__, n) => `before ${n} ${'x'.repeat(100)}`)
    await Promise.all(said.map((text) => client.channel('team.blue').publish(text)))
    await expect.poll(() => heard.length).toBe(300)
    const known = heard.map(({ epoch }) => epoch)[0]
    first.signal('SIGKILL')
    await first.ended
    // Somewhere in the middle: what stands behind it is lost, or unreadable.
    damage(largest(place), 0.2 + ids.random() * 0.6)
    const second = place.begin()
    await second.open
    await until(client.connection, ({ status }) => status === 'open')
    const view = await client.view()
    for (const text of ['after 1', 'after 2']) await client.channel('team.blue').publish(text)
    await expect.poll(() => heard.at(-1)?.event).toMatchObject({ body: 'after 2' })
    // What came before is not taken for what comes now: it is another epoch, and the client was told.
    const fresh = heard.slice(300)
    expect(fresh.every(({ epoch }) => epoch !== known)).toBe(true)
    expect(losses.length).toBeGreaterThan(0)
    expect(losses.every(({ reason }) => ['epoch', 'session'].includes(reason))).toBe(true)
    // Nothing that was never said, nothing twice under one position.
    const bodies = heard.map(({ event }) => (event.type === 'message' ? event.body : undefined))
    expect(bodies.filter((body) => !said.includes(String(body)) && !String(body).startsWith('after '))).toEqual([])
    expect(new Set(heard.map(({ epoch, topic, seq }) => `${epoch} ${topic} ${seq}`)).size).toBe(heard.length)
    expect(new Set(bodies.slice(300)).size).toBe(fresh.length)
    // The view is of what there is: the agent, or what is known of its loss.
    expect([undefined, 'running', 'stopped']).toContain(view.agents.get('scribe')?.state)
    second.signal('SIGTERM')
    const { code, complaints } = await second.ended
    expect(code).toBe(0)
    expect(complaints).not.toBe('')
  })
})
