/** Processes that take over from one another on one directory, with clients who command all the time. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { task } from '../../actors/index.js'
import type { TroupeError } from '../../src/errors.js'
import { Ledger } from './ledger.js'
import { listener, pause, publisher, until } from './native-clients.js'
import { settle } from './process.js'

const rounds = 4

it('no acknowledged command is lost or done twice over restarts one after the other', { timeout: 120_000 }, async () => {
  await using place = await settle()
  let life = place.begin()
  await life.open
  const client = place.client('ann')
  await client.spawn({ kind: 'agent', name: 'scribe' } as never, { id: 'scribe' }).ready
  const listening = await listener(place.client('eve'), 'team.#')
  const ledger = new Ledger()
  const speaking = publisher(place.client('bob', { codec: 'msgpack' }), ledger, 'team.blue', 4)
  let stopped = false
  const given: string[] = []
  const refused: string[] = []
  const commanding = (async () => {
    for (let n = 0; !stopped; n++) {
      await until(client.connection, ({ status }) => status === 'open')
      const id = `t${n}`
      // Retried by the client itself under its key, while the next process takes over.
      const message = { type: 'write', name: id, takes: 20 }
      await client.spawn(task({ id, to: 'scribe', message, once: true })).ready.then(
        () => given.push(id),
        (error: TroupeError) => refused.push(error.code),
      )
      await pause(5)
    }
  })()
  for (let round = 0; round < rounds; round++) {
    const before = given.length
    await expect.poll(() => given.length, { timeout: 20_000 }).toBeGreaterThan(before + 5)
    // The next one waits for the directory while the one before still answers.
    const next = place.begin()
    life.signal('SIGTERM')
    const { code, complaints } = await life.ended
    expect(complaints).toBe('')
    expect(code).toBe(0)
    await next.open
    life = next
  }
  const before = given.length
  await expect.poll(() => given.length, { timeout: 20_000 }).toBeGreaterThan(before + 5)
  stopped = true
  await commanding
  await speaking.stop()
  for (const id of given) await client.task(id).result()
  const begun = readFileSync(place.diary, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
  expect(begun.filter((id) => given.includes(id)).sort()).toEqual([...given].sort())
  expect(new Set(begun).size).toBe(begun.length)
  const { tasks } = await client.view()
  expect(given.map((id) => tasks.get(id)?.state).filter((state) => state !== 'completed')).toEqual([])
  // Whoever was refused was told so; nobody waits for ever.
  expect(['DRAINING', 'DISCONNECTED']).toEqual(expect.arrayContaining([...new Set(refused)]))
  const said = (ledger.published.get('team.blue') ?? []).filter(({ state }) => state === 'acknowledged')
  const seqs = said.map(({ seq }) => seq)
  await expect
    .poll(() => listening.heard.at(-1)?.seq ?? 0, { timeout: 20_000 })
    .toBeGreaterThanOrEqual(Math.max(...said.map(({ seq = 0 }) => seq)))
  const heard = listening.heard.map(({ seq }) => seq)
  expect(heard).toEqual(Array.from({ length: heard.length }, (_, at) => at + 1))
  expect(seqs.filter((seq) => seq === undefined || !heard.includes(seq))).toEqual([])
  expect(listening.losses).toEqual([])
})
