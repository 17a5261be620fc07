/** Clients that speak the native protocol while their server is killed again and again. */
import type { Observable } from 'rxjs'
import { task } from '../../actors/index.js'
import type { Client } from '../../bridge/client.js'
import { systemClock } from '../../src/clock.js'
import { TroupeError } from '../../src/errors.js'
import type { Ids } from '../../src/ids.js'
import type { Envelope } from '../../src/protocol/envelope.js'
import type { Ledger } from './ledger.js'

/** Says something again and again until it is told to stop. */
export interface Busy {
  /** Resolves when nothing that it said is without an answer. */
  stop(): Promise<void>
}

export const pause = (milliseconds: number) => new Promise<void>((resolve) => void systemClock.after(milliseconds, resolve))

/** The first state of that kind, past or future. */
export const until = <S>(states: Observable<S>, fits: (state: S) => boolean): Promise<void> =>
  new Promise((resolve) => {
    let found = false
    const subscription = states.subscribe((state) => {
      if (!fits(state)) return
      found = true
      resolve()
      subscription?.unsubscribe()
    })
    if (found) subscription.unsubscribe()
  })

/** Runs rounds one after the other; each waits for a connection first. */
const busy = (client: Client, round: () => Promise<void>, rest: number): Busy => {
  let stopped = false
  const run = async () => {
    while (!stopped) {
      await until(client.connection, ({ status }) => status === 'open')
      await round().catch((thrown: unknown) => {
        // Its server is killed so often that an answer may not come in time; after the last kill that is a fault.
        if (stopped || !(thrown instanceof TroupeError && thrown.code === 'TIMEOUT')) throw thrown
      })
      await pause(rest)
    }
    await client.view()
  }
  const ended = run()
  // Whoever stops it is told.
  ended.catch(() => {})
  return {
    stop() {
      stopped = true
      return ended
    },
  }
}

/** Never carried out for certain: nothing left this client, or the server said no. */
const isRefusal = (thrown: unknown): boolean =>
  thrown instanceof TroupeError && !['DISCONNECTED', 'UNKNOWN_OUTCOME', 'TIMEOUT', 'CLOSED'].includes(thrown.code)

const settled = async (said: { state: string }, answer: Promise<unknown>, ledger: Ledger): Promise<void> => {
  try {
    await answer
    said.state = 'acknowledged'
  } catch (thrown) {
    said.state = isRefusal(thrown) ? 'refused' : 'unknown'
    if (said.state === 'refused') ledger.wrong.push(`refused: ${(thrown as Error).message}`)
  }
}

/** Publishes several at a time on a topic that is its own. */
export const publisher = (client: Client, ledger: Ledger, topic: string, together: number): Busy =>
  busy(
    client,
    async () => {
      const all = Array.from({ length: together }, async () => {
        const said = ledger.say(topic)
        const answer = client.channel(topic).publish({ n: said.n })
        await settled(said, answer, ledger)
        if (said.state === 'acknowledged') said.seq = (await answer).seq
      })
      await Promise.all(all)
    },
    20,
  )

/** Gives tasks: half of them to be done exactly once; some are cancelled, some are paused for a while. */
export const commander = (client: Client, ledger: Ledger, ids: Ids): Busy => {
  let count = 0
  const attempt = (verb: Promise<unknown>) =>
    verb.then(
      () => true,
      () => false,
    )
  return busy(
    client,
    async () => {
      const id = `t${++count}`
      const once = ids.random() < 0.5
      const said = ledger.task(id, once)
      const message = { type: 'write', name: id, takes: Math.floor(ids.random() * 80) }
      const given = task({ id, to: 'scribe', message, ...(once ? { once } : { retries: 1_000, backoff: [5, 20] }) })
      await settled(said, client.spawn(given).ready, ledger)
      if (said.state !== 'acknowledged') return
      const what = ids.random()
      if (what < 0.15) said.cancelled = await attempt(client.task(id).cancel('not wanted any more'))
      else if (what < 0.3 && (await attempt(client.task(id).pause())))
        while (!(await attempt(client.task(id).resume()))) {
          const state = (await client.view()).tasks.get(id)?.state
          if (state !== 'paused') break
        }
    },
    10,
  )
}

/** Opens ballots and votes in them, changing its mind. */
export const voter = (client: Client, ledger: Ledger, ids: Ids): Busy => {
  let count = 0
  return busy(
    client,
    async () => {
      const id = `b${++count}`
      const ballot = client.propose('Go?', { id, voters: ['ann', 'bob', 'cid'], choices: ['yes', 'no'] })
      if (
        !(await ballot.ready.then(
          () => true,
          () => false,
        ))
      )
        return
      // One of three alone decides nothing.
      for (let turn = 0; turn < 4; turn++) {
        const choice = ids.random() < 0.5 ? 'yes' : 'no'
        await ledger.vote(id, 'ann', choice, () => client.ballot(id).vote('ann', choice))
        await pause(5)
      }
    },
    20,
  )
}

/** Pauses an agent, looks whether it stays so whatever becomes of its process, and lets it go on. */
export const warden = (client: Client, ledger: Ledger, agent: string): Busy => {
  const done = (verb: Promise<unknown>) =>
    verb.then(
      () => true,
      () => false,
    )
  const state = async () => (await client.view()).agents.get(agent)?.state
  return busy(
    client,
    async () => {
      if (!(await done(client.agent(agent).pause()))) return void (await done(client.agent(agent).resume()))
      ledger.pauses++
      for (let turn = 0; turn < 2; turn++) {
        await pause(150)
        const found = await state()
        if (found !== 'paused') ledger.wrong.push(`${agent} was paused, and is ${found ?? 'gone'}`)
      }
      while (!(await done(client.agent(agent).resume())) && (await state()) === 'paused') await pause(10)
    },
    20,
  )
}

export interface Listener {
  readonly heard: Envelope[]
  readonly losses: string[]
}

/** Hears everything on a pattern, and what it was told that it has missed. */
export const listener = async (client: Client, pattern: string): Promise<Listener> => {
  const listening: Listener = { heard: [], losses: [] }
  client.losses.subscribe((loss) => listening.losses.push(JSON.stringify(loss)))
  client.channel(pattern).envelopes.subscribe((envelope) => listening.heard.push(envelope))
  await client.view()
  return listening
}
