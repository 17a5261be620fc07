/** The process that is killed: a system on a directory, opened to clients of every protocol on a port that stays the same. */
import { appendFileSync } from 'node:fs'
import { z } from 'zod'
import { agent } from '../../actors/agent/define.js'
import type { Dialect } from '../../bridge/dialect.js'
import { dialects } from '../../bridge/dialects/index.js'
import { openclaw } from '../../bridge/dialects/openclaw/index.js'
import { openBridge } from '../../bridge/index.js'
import { levelStore } from '../../src/journal/level/index.js'
import { openJournal } from '../../src/journal/open.js'
import { createSystem } from '../../src/system/system.js'

/** What it is told as its one argument, in JSON. */
export interface ServerOptions {
  readonly directory: string
  readonly port: number
  readonly secret: string
  /** Where each attempt of a task leaves a line: the task's name and the process. */
  readonly diary: string
  /** Milliseconds that it waits for another process to let go of the directory. */
  readonly wait: number
  /** Milliseconds between two pings of a silent client. */
  readonly heartbeat?: number
}

const options = JSON.parse(process.argv[2] ?? '{}') as ServerOptions
const { directory, port, secret, diary, wait, heartbeat } = options

const begun = (name: string) => appendFileSync(diary, `${name} ${process.pid}\n`)

/** Writes down that it began, and takes a while. */
const scribe = agent('scribe', {
  hears: { write: { name: z.string(), takes: z.number() }, task: z.looseObject({ title: z.string() }).shape },
  concurrency: 4,
  on: {
    async write({ name, takes }, { sleep }) {
      begun(name)
      await sleep(takes)
      return name
    },
    task({ title }) {
      begun(title)
      return title
    },
  },
})

/** More than its document lets a dashboard say. */
const plenty = { messagesPerMinute: 1_000_000, burstSize: 1_000_000, windowSize: 60, penaltyDuration: 1 }
const talkative = openclaw({ rateLimits: { frontend: plenty } }) as Dialect

const complain = (error: Error, where: string) => void process.stderr.write(`${where}: ${error.message}\n`)

const journal = await openJournal({ stores: { disk: levelStore(directory, { wait }) }, onError: complain })
const system = createSystem({ journal, keep: 1_000_000, onError: complain })
const { aside } = await system.recover([scribe])
for (const { kind, id, reason } of aside) process.stderr.write(`set aside ${kind} ${id}: ${reason}\n`)
const bridge = await openBridge(system, {
  ...{
    port,
    secret,
    spawnable: [scribe],
    dialects: dialects.map((each) => (each.name === talkative.name ? talkative : each)),
    keys: { window: 120_000 },
  },
  ...(heartbeat === undefined ? {} : { heartbeat }),
})

process.once('SIGTERM', () => {
  bridge.drain({ reason: 'another process takes over', grace: 0 })
  void system
    .suspend({ grace: 1_000, reason: 'another process takes over' })
    .then(() => bridge.close())
    .then(() => journal.close())
})
process.stdout.write('open\n')
