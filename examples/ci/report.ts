/** What came of it: the results, what the reviewers think of them, and the verdict. */
import { majority, type Stage, type TaskRef, type TroupeError } from 'troupe'
import type { Plan } from './job.js'

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

/** What one reviewer thinks, with the reason. */
interface Opinion {
  readonly voter: string
  readonly vote: 'accept' | 'reject' | 'abstain'
  readonly reason: string
  /** Whether it was counted: a ballot closes as soon as its outcome can no longer change. */
  readonly counted: boolean
}

export interface Report {
  readonly accepted: boolean
  readonly decision: 'accept' | 'reject' | null
  readonly results: readonly CheckResult[]
  readonly opinions: readonly Opinion[]
  /** What was seen in the repository and left out, with the reason. */
  readonly notes: readonly string[]
  /** Scripts that a check is known by and that were not run. */
  readonly unchecked: readonly string[]
}

/** A check that was given to the swarm. */
export interface Started {
  readonly id: string
  readonly title: string
  readonly command: string
  readonly required: boolean
  readonly ref: TaskRef
}

interface Reviewer {
  readonly name: string
  readonly ref: { readonly id: string }
}

/** What npm says when the registry did not tell it what it asked. */
const unanswered = /^npm (?:error|ERR!) (?!A complete log)(.+)$/m

/** Why advice that failed was not given at all; undefined when it was. */
const whySkipped = (id: string, error: TroupeError, tail: string): string | undefined => {
  // What looks at files either looked or could not.
  if (error.code === 'TIMEOUT' || id !== 'audit') return error.message
  const why = unanswered.exec(tail)?.[1]
  return why && `the registry could not be asked: ${why}`
}

const resultOf = async (stage: Stage, started: Started, all: readonly Started[]): Promise<CheckResult> => {
  const { ref, ...check } = started
  const outcome = await ref.result().then(
    (value) => ({ value, error: undefined }),
    (error: TroupeError) => ({ value: undefined, error }),
  )
  const seen = (await stage.view()).tasks.get(ref.id)
  const durationMs = Math.max(0, (seen?.endedAt ?? 0) - (seen?.startedAt ?? seen?.endedAt ?? 0))
  const facts = { ...check, attempts: seen?.attempt ?? 0, durationMs, findings: [] }
  const { error, value } = outcome
  // Advice by the inspector results in its findings; a command has none.
  if (!error) return { ...facts, status: 'passed', findings: (value as { findings?: string[] } | undefined)?.findings ?? [] }
  const tail = String(error.details?.['tail'] ?? '').trimEnd()
  if (error.code === 'DEPENDENCY_FAILED') {
    const need = all.find((each) => each.ref.id === error.details?.['task'])
    return { ...facts, status: 'cancelled', reason: `${need?.title ?? 'what it needs'} did not pass` }
  }
  if (error.code === 'CANCELLED') return { ...facts, status: 'cancelled', reason: error.message }
  const skipped = check.required ? undefined : whySkipped(check.id, error, tail)
  if (skipped) return { ...facts, status: 'skipped', reason: skipped }
  const found = /^\d+ (?:\w+ )*vulnerabilit.*$/m.exec(tail)?.[0] ?? `${check.title} found something`
  return {
    ...{ ...facts, status: 'failed', reason: error.message, findings: check.required ? [] : [found] },
    ...(tail ? { tail } : {}),
  }
}

/** Shows the results to each reviewer, and has them vote. The first one has a veto. */
const decide = async (stage: Stage, reviewers: readonly Reviewer[], results: readonly CheckResult[]) => {
  const shown = results.map(({ id, required, status, attempts, findings }) => ({
    ...{ id, required, status, attempts },
    findings: [...findings],
  }))
  const opinions = await Promise.all(
    reviewers.map(async ({ name, ref }) => ({
      voter: name,
      id: ref.id,
      // The answer of a reviewer, as it says.
      ...((await stage.ask(ref.id, { type: 'review', results: shown })) as Pick<Opinion, 'vote' | 'reason'>),
    })),
  )
  const voters = reviewers.map(({ ref }) => ref.id)
  const rule = majority({ veto: voters.slice(0, 1) })
  const counted = new Set<string>()
  const ballot = stage.propose('Accept this repository?', { voters, choices: ['accept', 'reject'], rule, within: 10_000 })
  const listening = stage.channel('ballot.*.vote').subscribe((event) => {
    if (event.id === ballot.id) counted.add(event.voter)
  })
  const { decision } = await ballot.result()
  listening.unsubscribe()
  return { decision, opinions: opinions.map(({ id, ...opinion }) => ({ ...opinion, counted: counted.has(id) })) }
}

/** Waits for everything that was started, and tells how it went. */
export const conclude = async (
  stage: Stage,
  plan: Plan,
  started: readonly Started[],
  reviewers: readonly Reviewer[],
): Promise<Report> => {
  const results = await Promise.all(started.map((each) => resultOf(stage, each, started)))
  if ('skipped' in plan.audit)
    results.push({
      ...{ id: 'audit', title: 'audit', command: '', required: false, status: 'skipped', reason: plan.audit.skipped },
      ...{ attempts: 0, durationMs: 0, findings: [] },
    })
  const { decision, opinions } = await decide(stage, reviewers, results)
  return { accepted: decision === 'accept', decision, results, opinions, notes: plan.notes, unchecked: plan.unchecked ?? [] }
}
