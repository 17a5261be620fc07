/** The `ci` swarm: who belongs to it, and what it is given to do. */
import { realpathSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { type Stage, type SwarmRef, type TaskRef, TroupeError } from 'troupe'
import { agent, shell, swarm, task } from 'troupe/actors'
import { z } from 'zod'
import { inspector } from './inspect.js'
import type { Job, Plan } from './job.js'
import { planFor } from './plan.js'
import { conclude, type Report, type Started } from './report.js'
import { correctness, flakiness, hygiene } from './review.js'

export interface CheckOptions {
  /** The repository. Default: the current directory. */
  readonly repo?: string
  /** Whether missing dependencies are installed first. Default true. */
  readonly install?: boolean
}

export interface Check {
  readonly swarm: SwarmRef
  readonly plan: Plan
  /** Task ids by check. */
  readonly tasks: ReadonlyMap<string, string>
  readonly report: Promise<Report>
}

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

/** As JSON, since a path may hold any character. */
const running = (): readonly unknown[] => {
  try {
    const list: unknown = JSON.parse(process.env[runningKey] ?? '[]')
    return Array.isArray(list) ? list : []
  } catch {
    return []
  }
}

/** Starts the swarm. Rejects with a sentence when there is nothing that could be checked; `report` tells how it went. */
export const checkRepository = async (stage: Stage, options: CheckOptions = {}): Promise<Check> => {
  const repo = open(options.repo ?? process.cwd())
  const boss = stage.spawn(planner)
  const plan = await boss.ask({ type: 'plan', repo, install: options.install ?? true })
  const env = { CI: 'true', [runningKey]: JSON.stringify([...running(), repo]) }
  const workers = Array.from({ length: Math.max(2, Math.min(4, availableParallelism())) }, (_, at) =>
    stage.spawn(shell, { name: `worker ${at + 1}`, options: { workspace: repo, env } }),
  )
  const looker = stage.spawn(inspector)
  const reviewers = [correctness, hygiene, flakiness].map((each) => ({ name: each.name, ref: stage.spawn(each) }))
  const team = stage.spawn(
    swarm({
      goal: `check ${repo}`,
      name: 'ci',
      topology: 'star',
      members: [
        { agent: boss, role: 'coordinator' },
        ...workers.map((agent) => ({ agent, role: 'worker' })),
        { agent: looker, role: 'inspector' },
        ...reviewers.map(({ ref }) => ({ agent: ref, role: 'reviewer' })),
      ],
    }),
  )
  await team.ready
  const jobs = startJobs(stage, team, plan.jobs)
  const advice = startAdvice(stage, team, repo, plan)
  const all = [...jobs, ...advice]
  const report = conclude(stage, plan, all, reviewers)
  // Whoever does not want the report need not fear it.
  report.catch(() => {})
  return { swarm: team, plan, tasks: new Map(all.map(({ id, ref }) => [id, ref.id])), report }
}

/** Milliseconds that one required job may take: one that hangs ends, too. */
const jobTime = 3_600_000
/** Milliseconds that advice may take. */
const adviceTime = 10_000

const startJobs = (stage: Stage, to: SwarmRef, jobs: readonly Job[]): Started[] => {
  const refs = new Map<string, TaskRef>()
  return jobs.map((job) => {
    const { id, title, command, env } = job
    const needs = job.needs.flatMap((need) => refs.get(need) ?? [])
    const message = { type: 'run', command, ...(env ? { env } : {}) }
    const again = { retries: 1, backoff: [100, 100], timeout: jobTime } as const
    const ref = stage.spawn(task({ to, title, message, needs, ...again, metadata: { check: id } }))
    refs.set(id, ref)
    return { id, title, command, required: true, ref }
  })
}

const startAdvice = (stage: Stage, to: SwarmRef, repo: string, { audit }: Plan): Started[] => {
  const start = (id: string, command: string, message: { type: string; [field: string]: unknown }): Started => ({
    ...{ id, title: id, command, required: false },
    ref: stage.spawn(task({ to, title: id, message, timeout: adviceTime, priority: 'low', metadata: { check: id } })),
  })
  return [
    start('secrets', 'look for secrets', { type: 'secrets', repo }),
    start('large files', 'look for large files', { type: 'large', repo }),
    ...('command' in audit ? [start('audit', audit.command, { type: 'run', command: audit.command })] : []),
  ]
}
