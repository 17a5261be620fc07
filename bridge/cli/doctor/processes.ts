/** Proofs about commands: what is said of them, beside the process table and the files that they write. */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { shell, task } from '../../../actors/index.js'
import type { TroupeError } from '../../../src/errors.js'
import { type Claim, pause, type Reporter, type Subject, same, unchecked, type Waiting, type World } from './claim.js'
import { memoryOfAll, numbersIn, statesOf, tells } from './machine.js'

/** A command with a child that counts into a file, and one that left its session. Its first three lines are their numbers. */
const family = (counter: string) =>
  `echo $$; sh -c 'echo $$; n=0; while :; do n=$((n+1)); echo $n >> "${counter}"; sleep 0.01; done' & setsid sh -c 'echo $$; exec sleep 600' & wait`

const begin = async (client: Reporter, command: string, dir: string, { eventually }: Waiting) => {
  let text = ''
  const sh = client.spawn(shell, { options: { workspace: dir } })
  await sh.ready
  const id = globalThis.crypto.randomUUID()
  const heard = client.channel<string>(`task.${id}.output`).subscribe((event) => {
    if (event.type === 'task.output') text += event.data
  })
  const job = client.spawn(task({ id, to: sh.id, message: { type: 'run', command } }))
  await job.ready
  const numbers = async (count: number): Promise<number[]> => {
    await eventually(() => text.split('\n').length > count)
    return text.split('\n').slice(0, count).map(Number)
  }
  return { sh, job, numbers, text: () => text, done: () => heard.unsubscribe() }
}
const errorOf = (work: Promise<unknown>): Promise<TroupeError | undefined> =>
  work.then(
    () => undefined,
    (error: TroupeError) => error,
  )

/** What of a command that is held or ended was reported, and where its processes are then. */
const holding: Subject = {
  name: 'pausing and ending commands',
  async prove({ client, dir, ...wait }: World): Promise<Claim[]> {
    const { eventually } = wait
    if (!tells) return [unchecked('commands are held and ended', 'this machine has no process table')]
    const counter = join(dir, 'counter')
    const { sh, job, numbers, done } = await begin(client, family(counter), dir, wait)
    const pids = await numbers(3)
    await eventually(() => numbersIn(counter).length > 3)
    const stateOf = async () => (await client.view()).agents.get(sh.id)
    const claims: Claim[] = []
    const held = async (about: string, word: string) => {
      const reported = await stateOf()
      // A signal that was sent is taken soon, not at once.
      await eventually(() => statesOf(pids) === 'stopped')
      const before = numbersIn(counter).length
      await pause(60)
      claims.push(
        same(
          about,
          reported?.state === 'paused' && (word === 'pause' || reported.frozen) ? 'stopped' : 'running',
          statesOf(pids),
        ),
        same(`${about}: what it writes stands still`, 0, numbersIn(counter).length - before),
      )
    }
    await sh.pause()
    await held('a paused agent’s processes, those that left included', 'pause')
    await sh.resume()
    const stood = numbersIn(counter).length
    await eventually(() => numbersIn(counter).length > stood + 3)
    claims.push(
      same('a resumed agent’s processes', (await stateOf())?.state === 'running' ? 'running' : 'stopped', statesOf(pids)),
    )
    await sh.freeze()
    await held('a frozen agent’s processes', 'freeze')
    await sh.resume()
    const end = await job.cancel('part of a proof')
    claims.push(same('a cancelled task’s processes', end.state === 'cancelled' ? 'gone' : 'running', statesOf(pids)))
    const written = numbersIn(counter)
    claims.push(same('what it counted has no gap', written.length, written.at(-1)))
    await sh.kill()
    done()
    return claims
  },
}

const endings: Subject = {
  name: 'how commands end',
  async prove({ client, dir, ...wait }: World): Promise<Claim[]> {
    const { inTime } = wait
    const claims: Claim[] = []
    const exit = await begin(client, 'exit 7', dir, wait)
    claims.push(same('an exit code', (await errorOf(exit.job.result()))?.details?.['exitCode'], 7))
    const victim = await begin(client, 'echo $$; exec sleep 600', dir, wait)
    const [pid = 0] = await victim.numbers(1)
    process.kill(pid, 'SIGKILL')
    const killed = await errorOf(inTime(victim.job.result(), 'the end of a command that was killed from outside'))
    claims.push(same('a command that was killed from outside', killed?.details?.['signal'], 'SIGKILL'))
    const doomed = await begin(client, family(join(dir, 'doomed')), dir, wait)
    const pids = await doomed.numbers(3)
    const { state } = await doomed.sh.kill('part of a proof')
    if (tells) claims.push(same('a killed agent’s processes', state === 'stopped' ? 'gone' : 'running', statesOf(pids)))
    for (const each of [exit, victim, doomed]) each.done()
    await Promise.all([exit.sh.stop({ force: true }), victim.sh.stop({ force: true })])
    return claims
  },
}

const output: Subject = {
  name: 'output',
  async prove({ client, other, dir, ...wait }: World): Promise<Claim[]> {
    const { eventually, inTime } = wait
    const path = join(dir, 'known')
    const known = Array.from({ length: 20_000 }, (_, i) => `line ${i}: ${'€ä𝄞x'.repeat(i % 7)}`).join('\n')
    writeFileSync(path, known)
    const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16)
    const claims: Claim[] = []
    for (const [codec, reporter] of [
      ['JSON', client],
      ['MessagePack', other],
    ] as const) {
      const run = await begin(reporter, `cat "${path}"`, dir, wait)
      await inTime(run.job.result(), 'the end of cat')
      await eventually(() => run.text().length >= known.length)
      claims.push(same(`every character of a known file, once and in order, in ${codec}`, digest(run.text()), digest(known)))
      run.done()
      await run.sh.stop({ force: true })
    }
    return claims
  },
}

const taking: Subject = {
  name: 'what commands take',
  async prove({ client, dir, ...wait }: World): Promise<Claim[]> {
    const { eventually } = wait
    if (!tells) return [unchecked('memory and number of processes', 'this machine has no process table')]
    // Eight megabytes that nobody else has, so that what it shares with others matters little.
    const hold = `x=$(head -c 8000000 /dev/zero | tr '\\0' x)`
    const { sh, job, numbers, done } = await begin(client, `${hold}; echo $$; sleep 600 & echo $!; wait`, dir, wait)
    const pids = await numbers(2)
    const heard = client.channel('agent.*.metrics').subscribe(() => {})
    const measured = await eventually(async () => (await client.view()).agents.get(sh.id)?.metrics !== undefined)
    const { metrics, pids: named } = (await client.view()).agents.get(sh.id) ?? {}
    const fact = memoryOfAll(pids)
    const near = metrics !== undefined && Math.abs(metrics.memory - fact) < fact / 4
    heard.unsubscribe()
    await job.cancel()
    await sh.stop({ force: true })
    done()
    return [
      same('the process of a command', named?.join(' '), `${pids[0]}`),
      same('the number of processes of a command', measured ? metrics?.processes : 'nothing', pids.length),
      // A shell and a sleep have one each.
      same('their threads', metrics?.threads, pids.length),
      same('their memory, within a quarter', near ? fact : metrics?.memory, fact),
    ]
  },
}

export const processSubjects: readonly Subject[] = [holding, endings, output, taking]
