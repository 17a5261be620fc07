/** The `ci` swarm: plans, runs, reviews and decides. */
import { realpathSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { majority, type Stage, type SwarmRef, type TaskRef, TroupeError } from 'troupe'
import { agent, shell, swarm, task } from 'troupe/actors'
import { z } from 'zod'
import { type Findings, inspector } from './inspect.js'
import { type Job, type Plan, planFor } from './plan.js'
import { correctness, flakiness, hygiene } from './review.js'

export interface CheckOptions {
  /** The repository. Default: the current directory. */
  readonly repo?: string
  /** Whether missing dependencies are installed first. Default true. */
  readonly install?: boolean
}

/** What came of one check. */
export interface CheckResult {
  readonly id: string
  readonly title: string
  readonly command: string
  readonly required: boolean
  readonly status: 'passed' | 'failed' | 'cancelled' | 'skipped'
  readonly attempts: number
  readonly durationMs: number
  /** Why it was skipped, or what went wrong. */
  readonly reason?: string
  readonly findings: readonly string[]
  /** The end of its output, where it failed. */
  readonly tail?: string
}

export interface Report {
  readonly accepted: boolean
  readonly decision: 'accept' | 'reject' | null
  readonly results: readonly CheckResult[]
  readonly votes: readonly { readonly voter: string; readonly vote: string; readonly reason: string }[]
  readonly notes: readonly string[]
}

export interface Check {
  readonly swarm: SwarmRef
  readonly plan: Plan
  /** Task ids by check. */
  readonly tasks: ReadonlyMap<string, string>
  readonly report: Promise<Report>
}

/** Milliseconds that advice may take. */
const adviceTime = 10_000
/** Which repositories are being checked by this process or one above it. */
const runningKey = 'TROUPE_CI_REPOS'

const planner = agent('planner', {
  hears: { plan: { repo: z.string(), install: z.boolean() } },
  says: { planned: { source: z.string(), jobs: z.array(z.string()) } },
  on: {
    plan({ repo, install }, { say }): Plan {
      const plan = planFor(repo, install)
      say({ type: 'planned', source: plan.source, jobs: plan.jobs.map(({ id }) => id) })
      return plan
    },
  },
})

const open = (repo: string): string => {
  let real: string
  try {
    real = realpathSync(repo)
  } catch {
    throw new TroupeError('NOT_FOUND', `There is no directory ${repo}; name the repository to check with --repo.`)
  }
  if (!statSync(real).isDirectory())
    throw new TroupeError('NOT_FOUND', `${repo} is not a directory; name the repository to check with --repo.`)
  if (running().includes(real))
    throw new TroupeError(
      'INVALID_STATE',
      `${real} is being checked already, by a swarm that this one was started from; one of its scripts runs the check of itself.`,
    )
  return real
}

const running = () => (process.env[runningKey] ?? '').split('\n').filter(Boolean)

/** Starts the swarm. Rejects with a sentence when there is nothing that could be checked; `report` tells how it went. */
export const checkRepository = async (stage: Stage, options: CheckOptions = {}): Promise<Check> => {
  const repo = open(options.repo ?? process.cwd())
  const boss = stage.spawn(planner)
  const plan = await boss.ask({ type: 'plan', repo, install: options.install ?? true })
  const env = { CI: 'true', [runningKey]: [...running(), repo].join('\n') }
  const workers = Array.from({ length: Math.min(4, availableParallelism()) }, (_, at) =>
    stage.spawn(shell, { name: `worker ${at + 1}`, options: { workspace: repo, env } }),
  )
  const looker = stage.spawn(inspector)
  const reviewers = [stage.spawn(correctness), stage.spawn(hygiene), stage.spawn(flakiness)] as const
  const team = stage.spawn(
    swarm({
      goal: `check ${repo}`,
      name: 'ci',
      topology: 'star',
      members: [
        { agent: boss, role: 'coordinator' },
        ...workers.map((agent) => ({ agent, role: 'worker' })),
        { agent: looker, role: 'inspector' },
        ...reviewers.map((agent) => ({ agent, role: 'reviewer' })),
      ],
    }),
  )
  await team.ready
  const jobs = startJobs(stage, team, plan.jobs)
  const advice = startAdvice(stage, team, repo, plan)
  const all = [...jobs, ...advice]
  const report = conclude(stage, all, reviewers, plan.notes)
  // Whoever does not want the report need not fear it.
  report.catch(() => {})
  return { swarm: team, plan, tasks: new Map(all.map(({ job, ref }) => [job.id, ref.id])), report }
}

interface Started {
  readonly job: Job
  readonly required: boolean
  readonly ref: TaskRef
}

const startJobs = (stage: Stage, to: SwarmRef, jobs: readonly Job[]): Started[] => {
  const refs = new Map<string, TaskRef>()
  return jobs.map((job) => {
    const needs = job.needs.flatMap((need) => refs.get(need) ?? [])
    const message = { type: 'run', command: job.command }
    const ref = stage.spawn(
      task({ to, title: job.title, message, needs, retries: 1, backoff: [100, 100], metadata: { check: job.id } }),
    )
    refs.set(job.id, ref)
    return { job, required: true, ref }
  })
}

const startAdvice = (stage: Stage, to: SwarmRef, repo: string, plan: Plan): Started[] => {
  const start = (id: string, command: string, message: { type: string; [field: string]: unknown }): Started => ({
    job: { id, title: id, command, needs: [] },
    required: false,
    ref: stage.spawn(task({ to, title: id, message, timeout: adviceTime, priority: 'low', metadata: { check: id } })),
  })
  const audit = 'npm audit --omit=dev --audit-level=high'
  const locked = plan.source === 'package.json' && /^npm /.test(plan.jobs[0]?.command ?? '') && hasLock(repo)
  return [
    start('secrets', 'look for secrets', { type: 'secrets', repo }),
    start('large files', 'look for large files', { type: 'large', repo }),
    ...(locked ? [start('audit', audit, { type: 'run', command: audit })] : []),
  ]
}

const hasLock = (repo: string): boolean => statSync(`${repo}/package-lock.json`, { throwIfNoEntry: false })?.isFile() ?? false

const offline =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|audit endpoint|ENOAUDIT|not support|4\d\d |5\d\d /

const resultOf = async (stage: Stage, { job, required, ref }: Started): Promise<CheckResult> => {
  const outcome = await ref.result().then(
    (value) => ({ value, error: undefined }),
    (error: TroupeError) => ({ value: undefined, error }),
  )
  const seen = (await stage.view()).tasks.get(ref.id)
  const durationMs = Math.max(0, (seen?.endedAt ?? 0) - (seen?.startedAt ?? seen?.endedAt ?? 0))
  const facts = { id: job.id, title: job.title, command: job.command, required, attempts: seen?.attempt ?? 0, durationMs }
  const { error } = outcome
  if (!error) return { ...facts, status: 'passed', findings: (outcome.value as Partial<Findings> | undefined)?.findings ?? [] }
  const tail = String(error.details?.['tail'] ?? '').trimEnd()
  if (!required && (error.code === 'TIMEOUT' || (job.id === 'audit' && offline.test(tail))))
    return {
      ...facts,
      status: 'skipped',
      findings: [],
      reason: error.code === 'TIMEOUT' ? `it took longer than ${adviceTime / 1_000} s` : 'the registry could not be asked',
    }
  const cancelled = error.code === 'CANCELLED' || error.code === 'DEPENDENCY_FAILED'
  const findings = required || cancelled ? [] : [`${job.title} found something`]
  return { ...facts, status: cancelled ? 'cancelled' : 'failed', reason: error.message, findings, ...(tail ? { tail } : {}) }
}

const conclude = async (
  stage: Stage,
  started: readonly Started[],
  reviewers: readonly { readonly id: string }[],
  notes: readonly string[],
): Promise<Report> => {
  const results = await Promise.all(started.map((each) => resultOf(stage, each)))
  const shown = results.map(({ id, required, status, attempts, findings }) => ({
    id,
    required,
    status,
    attempts,
    findings: [...findings],
  }))
  for (const reviewer of reviewers) await stage.ask(reviewer.id, { type: 'review', results: shown })
  const voters = reviewers.map(({ id }) => id)
  const veto = voters.slice(0, 1)
  const ballot = stage.propose('Accept this repository?', {
    voters,
    choices: ['accept', 'reject'],
    rule: majority({ veto }),
    within: 10_000,
  })
  const votes: Report['votes'][number][] = []
  const names = ['correctness', 'hygiene', 'flakiness']
  const listening = stage.channel('ballot.*.vote').subscribe((event) => {
    if (event.id === ballot.id)
      votes.push({
        voter: names[voters.indexOf(event.voter)] ?? event.voter,
        vote: event.choice ?? 'abstain',
        reason: event.reason ?? '',
      })
  })
  const { decision } = await ballot.result()
  listening.unsubscribe()
  return { accepted: decision === 'accept', decision, results, votes, notes }
}
