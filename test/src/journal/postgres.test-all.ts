import { openJournal, type TroupeError } from 'troupe'
import { postgresStore } from 'troupe/journal/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { holdToContract, readAll, say } from '../../kit/journal-contract.js'
import { type PostgresServer, postgresServer } from '../../kit/postgres.js'

let server: PostgresServer
let schemas = 0
const nextSchema = () => `troupe_${++schemas}`

beforeAll(async () => {
  server = await postgresServer()
  await server.start()
})
afterAll(() => server?.end())

holdToContract('PostgreSQL', async () => {
  const schema = nextSchema()
  return {
    open: ({ topics = [], recent } = {}) =>
      openJournal({
        stores: { database: postgresStore({ ...server.config, schema }) },
        topics,
        ...(recent === undefined ? {} : { recent: { messages: recent } }),
      }),
    lasts: true,
    durability: 'database',
    end: async () => {},
  }
})

describe('a journal in PostgreSQL', () => {
  it('has one writer at a time, and lets the next one wait for it', async () => {
    const schema = nextSchema()
    const open = (wait: number) => openJournal({ stores: { database: postgresStore({ ...server.config, schema, wait }) } })
    const first = await open(0)
    say(first, 'a')
    await expect(open(0)).rejects.toMatchObject({
      code: 'JOURNAL_UNAVAILABLE',
      message: expect.stringContaining('Another process'),
    })
    const second = open(30_000)
    await first.close()
    const journal = await second
    expect((await readAll(journal, 0)).entries).toHaveLength(1)
    await journal.close()
  })

  it('refuses names of schemas that it would have to trust', () => {
    expect(() => postgresStore({ schema: 'a; drop table x' })).toThrow('expects lower-case letters')
  })

  it('loses nothing that it called kept when the server is killed in the middle of commits, and goes on when it is back', async () => {
    const schema = nextSchema()
    const told: TroupeError[] = []
    const open = () =>
      openJournal({
        stores: { database: postgresStore({ ...server.config, schema }) },
        onError: (error) => void told.push(error),
      })
    const journal = await open()
    const from = journal.head
    const wanted: number[] = []
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 200; n++) {
        wanted.push(say(journal, 'a', n).offset)
        if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      const { durable } = journal
      await server.kill()
      const last = say(journal, 'a', 'while it is away').offset
      wanted.push(last)
      const kept = journal.committed()
      expect(journal.durable).toBeGreaterThanOrEqual(durable)
      expect(journal.durable).toBeLessThan(last)
      await server.start()
      await kept
      expect(journal.durable).toBe(journal.head)
    }
    expect(told.map(({ code }) => code)).toContain('JOURNAL_UNAVAILABLE')
    expect(told.at(-1)?.message).toContain('can be written again')
    await journal.close()
    const again = await open()
    expect(again.epoch).toBe(journal.epoch)
    expect((await readAll(again, from)).entries.map(({ offset }) => offset)).toEqual(wanted)
    await again.close()
  })
})
