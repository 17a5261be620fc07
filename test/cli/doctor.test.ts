/** `troupe doctor`: it holds the real thing for true, and notices each lie. */
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { filter } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { readProcess } from '../../actors/shell/process-table.js'
import { type Claim, type Reporter, waiting } from '../../bridge/cli/doctor/claim.js'
import { examine } from '../../bridge/cli/doctor/environment.js'
import { statesOf } from '../../bridge/cli/doctor/machine.js'
import { prove } from '../../bridge/cli/doctor/prove.js'

const lies = (claims: readonly Claim[]) => claims.filter(({ verdict }) => verdict === 'lie').map(({ about }) => about)

/** The same with other verbs. What it keeps to itself it finds only when it is asked as itself. */
const over = <T extends object>(target: T, changed: object): T =>
  new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(name in changed ? changed : target, name)
      return typeof value === 'function' && !(name in changed) ? value.bind(target) : value
    },
  })

/** A client that says other things than are so, in some of its verbs. */
const lying =
  (verbs: (client: Reporter) => object) =>
  (client: Reporter): Reporter =>
    over(client, verbs(client))

/** What `spawn` gives, with other verbs. Its overloads are erased here. */
const spawning = (client: Reporter, changed: object) => ({
  spawn: (...args: unknown[]) => over((client.spawn as (...all: unknown[]) => object).apply(client, args), changed),
})

const views = (change: (view: Awaited<ReturnType<Reporter['view']>>) => void) =>
  lying((client) => ({
    view: async () => {
      const view = await client.view()
      change(view)
      return view
    },
  }))

describe('troupe doctor --prove', () => {
  it('finds that everything that is reported is so, and leaves nothing behind', async () => {
    const of = () => readdirSync(tmpdir()).filter((name) => name.startsWith('troupe-proof-'))
    const before = of()
    const claims = await prove()
    expect(lies(claims)).toEqual([])
    expect(claims.length).toBeGreaterThan(25)
    expect(of()).toEqual(before)
  })

  it.each<[string, string, string[], (client: Reporter) => Reporter]>([
    [
      'says paused of processes that run on',
      'pausing and ending commands',
      ['a paused agent’s processes, those that left included'],
      lying((client) => ({
        ...spawning(client, { pause: async () => ({ state: 'paused' }) }),
        view: async () => {
          const view = await client.view()
          for (const agent of view.agents.values()) agent.state = 'paused'
          return view
        },
      })),
    ],
    [
      'says stopped of an agent whose processes live',
      'how commands end',
      ['a killed agent’s processes'],
      lying((client) => spawning(client, { kill: async () => ({ state: 'stopped' }) })),
    ],
    [
      'loses a piece of output',
      'output',
      [
        'every character of a known file, once and in order, in JSON',
        'every character of a known file, once and in order, in MessagePack',
      ],
      lying((client) => ({
        channel: (pattern: string) => {
          const whole = client.channel<string>(pattern)
          const { envelopes } = whole
          return Object.assign(whole.pipe(filter((event) => event.type !== 'task.output' || event.sequence !== 3)), { envelopes })
        },
      })),
    ],
    [
      'hides a restart',
      'crashes',
      ['restarts, beside how often its memory was made anew'],
      views((view) => {
        for (const agent of view.agents.values()) agent.restarts = 0
      }),
    ],
    [
      'counts work that was never done',
      'tasks and messages',
      ['completed tasks of a swarm, beside how often the work was done'],
      views((view) => {
        for (const swarm of view.swarms.values()) swarm.completed++
      }),
    ],
    [
      'hides messages that reached nobody',
      'tasks and messages',
      ['messages that reached nobody'],
      views((view) => {
        view.deadLetters = 0
      }),
    ],
  ])('notices one who %s', async (_what, subject, about, through) => {
    const claims = await prove({ subjects: [subject], through, patience: 1_500 })
    expect(lies(claims)).toEqual(expect.arrayContaining(about))
  })

  it('notices a vote that is counted twice', async () => {
    const claims = await prove({
      subjects: ['tasks and messages'],
      through: lying((client) => ({
        propose: (...args: Parameters<Reporter['propose']>) => {
          const ballot = client.propose(...args)
          return { result: async () => ({ ...(await ballot.result()), votes: { yes: 3, no: 1 } }) }
        },
      })),
    })
    expect(lies(claims)).toEqual(['a tally, beside what each voter says that it voted'])
  })
})

describe('what the machine says of processes', () => {
  it('is stopped of one that waits for a child which was stopped as it was being started, and running of others', async () => {
    const loops = Array.from({ length: 40 }, () =>
      spawn('sh', ['-c', 'while :; do sleep 0.001; done'], { detached: true, stdio: 'ignore' }),
    )
    const pids = loops.map(({ pid = 0 }) => pid)
    const tell = (signal: NodeJS.Signals) => {
      for (const pid of pids) process.kill(-pid, signal)
    }
    const stateOf = (pid: number) => readProcess(pid)?.state
    try {
      let waits: number | undefined
      for (const { eventually } = waiting(10_000); waits === undefined; ) {
        tell('SIGSTOP')
        expect(await eventually(() => statesOf(pids) === 'stopped')).toBe(true)
        // Most are caught in something else; one that waits so waits until it is continued.
        waits = pids.find((pid) => stateOf(pid) === 'D')
        if (waits !== undefined) expect([statesOf([waits]), stateOf(waits)]).toEqual(['stopped', 'D'])
        tell('SIGCONT')
        expect(await eventually(() => pids.every((pid) => statesOf([pid]) === 'running'))).toBe(true)
      }
    } finally {
      tell('SIGKILL')
    }
  })
})

describe('troupe doctor', () => {
  it('says what this machine offers, and what follows', async () => {
    const findings = await examine(0)
    expect(findings.map(({ about }) => about)).toEqual(
      expect.arrayContaining(['Node', 'git', 'process table', 'terminals', 'limits', 'temporary files']),
    )
    for (const { verdict, advice } of findings) expect(verdict === 'yes' || advice !== undefined).toBe(true)
  })

  it('is a command, whose code tells whether all holds', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'bridge/cli/main.ts', 'doctor', '--prove', '--json'],
      {
        cwd: new URL('../..', import.meta.url),
        encoding: 'utf8',
      },
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ lies: 0 })
  })
})
