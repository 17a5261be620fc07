/** Supervision as data: what becomes of an agent that crashed. */
import { TroupeError } from '../errors.js'

/** After a crash the agent goes on where it was: state and mailbox are kept, the failing message is not tried again. */
export interface Resume {
  readonly directive: 'resume'
}
/** After a crash the agent begins anew: fresh state, mailbox and queue kept, the failing message not tried again. */
export interface Restart {
  readonly directive: 'restart'
  /** So many restarts within so many milliseconds; one more crash stops the agent. */
  readonly times: number
  readonly within: number
  /** The wait before a restart doubles from the first to the second, in milliseconds, give or take 20 %. */
  readonly backoff: readonly [number, number]
}
/** After a crash the agent stops: what waits becomes dead letters, waiting tasks fail. */
export interface Stop {
  readonly directive: 'stop'
}
/** After a crash the agent stops and whoever spawned it crashes in turn; without one, `onError` of the system is told. */
export interface Escalate {
  readonly directive: 'escalate'
}

/** What becomes of an agent that crashed. */
export type FailurePolicy = Resume | Restart | Stop | Escalate

export const resume = (): Resume => ({ directive: 'resume' })
export const stop = (): Stop => ({ directive: 'stop' })
export const escalate = (): Escalate => ({ directive: 'escalate' })

/**
 * Restart after a crash. Defaults: 3 times within 10 s, back-off 100 ms to 5 s. Crashes older than `within` no longer count.
 * Throws `INVALID_OPTION` for numbers that make no sense.
 */
export const restart = (options: { times?: number; within?: number; backoff?: readonly [number, number] } = {}): Restart => {
  const { times = 3, within = 10_000, backoff = [100, 5_000] as const } = options
  const fits = (value: number) => Number.isFinite(value) && value >= 0
  if (!fits(times) || !fits(within) || !fits(backoff[0]) || !fits(backoff[1]) || backoff[0] > backoff[1])
    throw new TroupeError(
      'INVALID_OPTION',
      `restart() expects times and within of 0 or more and backoff [from, to] with from at most to; got times ${times}, within ${within}, backoff [${backoff}].`,
    )
  return { directive: 'restart', times, within, backoff }
}

/** What an agent's supervisor decides, and what it has to remember for the next time. */
export interface Verdict {
  readonly directive: FailurePolicy['directive']
  /** Milliseconds until the restart. */
  readonly delay: number
  readonly reason: string
  /** The crashes that count from now on, oldest first. */
  readonly crashes: readonly number[]
}

/** Decides, from the policy and the times of earlier crashes. Pure: `random` (0 to 1) spreads the restart. */
export const decide = (policy: FailurePolicy, crashes: readonly number[], now: number, random: number): Verdict => {
  if (policy.directive !== 'restart')
    return { directive: policy.directive, delay: 0, reason: `the policy is ${policy.directive}`, crashes: [] }
  const recent = [...crashes.filter((at) => at > now - policy.within), now]
  if (recent.length > policy.times)
    return {
      directive: 'stop',
      delay: 0,
      reason: `crashed ${recent.length} times within ${policy.within} ms, where ${policy.times} restarts are allowed`,
      crashes: recent,
    }
  const [from, to] = policy.backoff
  const delay = Math.min(to, from * 2 ** (recent.length - 1)) * (0.8 + 0.4 * random)
  return {
    directive: 'restart',
    delay: Math.round(delay),
    reason: `restart ${recent.length} of ${policy.times}`,
    crashes: recent,
  }
}
