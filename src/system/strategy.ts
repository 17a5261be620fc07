/** Supervision as data: what becomes of an agent that crashed. */
import { TroupeError } from '../errors.js'

/**
 * After a crash the agent goes on where it was: its state, its mailbox and its children are kept, the failing message is not tried
 * again. One that could not even start has nothing to go on with, and stops.
 */
export interface Resume {
  readonly directive: 'resume'
}
/**
 * After a crash the agent begins anew: fresh state, mailbox and queue kept, its children stopped, the failing message not tried again;
 * other work in hand is aborted, and tasks of it are tried again by their own rules.
 */
export interface Restart {
  readonly directive: 'restart'
  /** So many restarts within so many milliseconds; one more crash stops the agent. Crashes older than that no longer count. */
  readonly times: number
  readonly within: number
  /** The wait before a restart doubles from the first to the second, in milliseconds. */
  readonly backoff: readonly [number, number]
  /** The part of the wait, 0 to 1, by which it is spread at random to either side. */
  readonly jitter: number
  /** Milliseconds without a crash after which the wait begins from the first again. */
  readonly reset: number
}
/** After a crash the agent and its children stop: what waits becomes dead letters, waiting tasks fail. */
export interface Stop {
  readonly directive: 'stop'
}
/** After a crash the agent and its children stop, and whoever spawned it crashes in turn; without one, `onError` of the system is told. */
export interface Escalate {
  readonly directive: 'escalate'
}

/** What becomes of an agent that crashed. */
export type FailurePolicy = Resume | Restart | Stop | Escalate

export const resume = (): Resume => ({ directive: 'resume' })
export const stop = (): Stop => ({ directive: 'stop' })
export const escalate = (): Escalate => ({ directive: 'escalate' })

/**
 * Restart after a crash. Defaults: 3 times within 10 s, back-off 100 ms to 5 s, jitter 0.2, reset after `within`. Crashes older than
 * `within` no longer count. Throws `INVALID_OPTION` for numbers that make no sense.
 */
export const restart = (options: Partial<Omit<Restart, 'directive'>> = {}): Restart => {
  const { times = 3, within = 10_000, backoff = [100, 5_000] as const, jitter = 0.2, reset = within } = options
  const fits = (value: number) => Number.isFinite(value) && value >= 0
  if (![times, within, ...backoff, jitter, reset].every(fits) || backoff[0] > backoff[1] || jitter > 1)
    throw new TroupeError(
      'INVALID_OPTION',
      `restart() expects times, within and reset of 0 or more, jitter from 0 to 1, and backoff [from, to] with from at most to; got times ${times}, within ${within}, backoff [${backoff}], jitter ${jitter}, reset ${reset}.`,
    )
  return { directive: 'restart', times, within, backoff, jitter, reset }
}

/** What becomes of the other children of an agent when one of them is restarted or stopped after a crash. */
export interface Strategy {
  readonly kind: 'one-for-one' | 'one-for-all' | 'rest-for-one'
}

/** Only the child that crashed: its siblings notice nothing. */
export const oneForOne = (): Strategy => ({ kind: 'one-for-one' })
/** All children share it: for those that cannot work without each other. */
export const oneForAll = (): Strategy => ({ kind: 'one-for-all' })
/** Those share it that were spawned after the one that crashed: for those that build on what was there before. */
export const restForOne = (): Strategy => ({ kind: 'rest-for-one' })

/** What an agent's supervisor decides, and what it has to remember for the next time. */
export interface Verdict {
  readonly directive: FailurePolicy['directive']
  /** Milliseconds until the restart. */
  readonly delay: number
  readonly reason: string
  /** The crashes that count from now on, oldest first. */
  readonly crashes: readonly number[]
}

/** Crashes that are remembered for the wait between restarts. */
const longestStreak = 32

/** How many crashes, this one included, came without so many milliseconds of peace between them. */
const streakOf = (crashes: readonly number[], now: number, reset: number): number => {
  let streak = 1
  let later = now
  for (const at of [...crashes].reverse()) {
    if (later - at >= reset) return streak
    streak++
    later = at
  }
  return streak
}

/** Decides, from the policy and the times of earlier crashes. Pure: `random` (0 to 1) spreads the restart. */
export const decide = (policy: FailurePolicy, crashes: readonly number[], now: number, random: number): Verdict => {
  if (policy.directive !== 'restart')
    return { directive: policy.directive, delay: 0, reason: `the policy is ${policy.directive}`, crashes: [] }
  const recent = [...crashes.filter((at) => at > now - policy.within), now]
  const streak = streakOf(crashes, now, policy.reset)
  // Older ones count only for the wait, which is longest long before there are so many.
  const remembered = [...crashes, now].slice(-Math.max(longestStreak, policy.times + 1))
  if (recent.length > policy.times)
    return {
      directive: 'stop',
      delay: 0,
      reason: `crashed ${recent.length} times within ${policy.within} ms, where ${policy.times} restarts are allowed`,
      crashes: remembered,
    }
  const [from, to] = policy.backoff
  const delay = Math.min(to, from * 2 ** (streak - 1)) * (1 + policy.jitter * (2 * random - 1))
  return {
    directive: 'restart',
    delay: Math.round(delay),
    reason: `restart ${recent.length} of ${policy.times}`,
    crashes: remembered,
  }
}
