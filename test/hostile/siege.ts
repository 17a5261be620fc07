/** A victim in a process of its own, and a witness: another client, who is served whatever an attacker does. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { systemClock } from '../../src/clock.js'
import { connectRaw, type TestClient } from '../kit/tclient.js'
import { forge } from './material.js'

export interface Gauge {
  readonly heap: number
  readonly outside: number
  readonly counts: Readonly<Record<string, number>>
}

export interface Siege extends AsyncDisposable {
  readonly port: { readonly usual: number; readonly impatient: number }
  /** Asks as the witness, and resolves when it was answered as it should be. Rejects when the process has died. */
  witnessed(): Promise<void>
  /** What the witness, who hears everything, was told since it was last asked. */
  overheard(): readonly unknown[]
  /** What went wrong inside since it was last asked. */
  faults(): Promise<readonly string[]>
  /** What the process holds when nobody is connected: the witness leaves for it, and comes back. */
  gauge(): Promise<Gauge>
  /** Ends what attackers have begun and nobody will end: swarms, ballots, schedules, tasks, agents. */
  tidy(): Promise<void>
  close(): Promise<void>
}

const witness = async (port: number): Promise<TestClient> => {
  const client = await connectRaw(`ws://127.0.0.1:${port}`)
  const everything = { sub: 'witness', permissions: ['admin'], channels: { read: ['#'], write: ['#'] } }
  await client.hello({ token: forge({ claims: everything }, systemClock.now()) })
  await client.ask('subscribe', { patterns: ['#'] })
  return client
}

/** Milliseconds within which another client is answered, whatever else goes on; only a failure takes so long. */
const patience = 15_000

class OpenSiege implements Siege {
  readonly port: Siege['port']
  readonly #child: ChildProcess
  readonly #died: Promise<never>
  #witness: TestClient
  #asked = 0

  constructor(child: ChildProcess, died: Promise<never>, [usual = 0, impatient = 0]: readonly number[], client: TestClient) {
    this.#child = child
    this.#died = died
    this.port = { usual, impatient }
    this.#witness = client
  }

  async witnessed(): Promise<void> {
    const value = `word ${++this.#asked}`
    let cancel = () => {}
    const late = new Promise<never>((_, reject) => {
      cancel = systemClock.after(patience, () => reject(new Error('The witness was not answered.')))
    })
    const answer = await Promise.race([
      this.#witness.ask('agent.ask', { to: 'guard', message: { type: 'echo', value } }),
      this.#died,
      late,
    ])
    cancel()
    if (answer.type !== 'reply' || answer.payload['value'] !== value)
      throw new Error(`The witness asked for ${value} and was told ${JSON.stringify(answer)}.`)
  }

  overheard(): readonly unknown[] {
    return (this.#witness.frames as unknown[]).splice(0).filter((frame) => (frame as { channel?: string }).channel !== undefined)
  }

  faults(): Promise<readonly string[]> {
    return this.#ask('faults') as Promise<readonly string[]>
  }

  async gauge(): Promise<Gauge> {
    await this.#witness.close()
    const found = (await this.#ask('gauge')) as Gauge
    this.#witness = await witness(this.port.usual)
    return found
  }

  async tidy(): Promise<void> {
    await this.#ask('tidy')
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    await this.#witness.close()
    this.#child.send('end')
    await gone
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #ask(what: 'faults' | 'gauge' | 'tidy'): Promise<unknown> {
    this.#child.send(what)
    const [answer] = await Promise.race([once(this.#child, 'message'), this.#died])
    return answer
  }
}

/** Starts the victim. Rejects when it does not come up. */
export const besiege = async (): Promise<Siege> => {
  const file = new URL('./victim.ts', import.meta.url)
  const child = fork(file, { execArgv: ['--expose-gc', '--import', 'tsx'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (piece: Buffer) => {
      said = (said + piece.toString()).slice(-4_000)
    })
  const died = new Promise<never>((_, reject) => {
    child.once('exit', (code, signal) => reject(new Error(`The process that was attacked ended with ${code ?? signal}: ${said}`)))
  })
  // It ends at last, which is no fault when nobody waits for anything any more.
  died.catch(() => {})
  const [ports] = (await Promise.race([once(child, 'message'), died])) as [number[]]
  return new OpenSiege(child, died, ports, await witness(ports[0] ?? 0))
}
