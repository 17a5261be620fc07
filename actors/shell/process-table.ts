/** The processes of this machine, as Linux tells them in /proc; where there is none, nothing is known of any. */
import { readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'

/** What is known of one process. */
export interface ProcessFacts {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  /** `R` running, `S` and `D` waiting, `T` stopped, `Z` ended and not reaped yet … */
  readonly state: string
  /** When it was started, in ticks since the machine was: a number that was given again has another. */
  readonly started: number
  /** Ticks of processor time, its reaped children included. */
  readonly cpu: number
  readonly threads: number
}

/** Ticks in a second: the kernel's USER_HZ, which is 100 on every architecture that Node runs on. */
export const ticksPerSecond = 100

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It has ended, is somebody else's, or there is no /proc.
    return undefined
  }
}

export const readProcess = (pid: number): ProcessFacts | undefined => {
  // The name in brackets may hold anything, brackets included; after the last one everything is in its place.
  const fields = read(`/proc/${pid}/stat`)
    ?.replace(/^.*\)\s/s, '')
    .split(' ')
  if (!fields) return undefined
  const number = (at: number) => Number(fields[at])
  return {
    pid,
    state: fields[0] ?? '',
    parent: number(1),
    group: number(2),
    session: number(3),
    cpu: number(11) + number(12) + number(13) + number(14),
    threads: number(17),
    started: number(19),
  }
}

/** Whether it runs, or could: one that has ended and waits to be reaped does not. */
export const isLive = (facts: ProcessFacts): boolean => facts.state !== 'Z' && facts.state !== 'X'

/**
 * Whether it goes on with nothing until it is continued. One that waits in the kernel for a child that was stopped before it became another
 * program never comes to the state `T`: it is held where the signal waits for it.
 */
export const isHeld = ({ pid, state }: ProcessFacts): boolean => {
  if (state !== 'D') return state === 'T' || state === 't'
  const pending = /^ShdPnd:\s+([0-9a-f]+)$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? '0'
  return ((BigInt(`0x${pending}`) >> BigInt(constants.signals.SIGSTOP - 1)) & 1n) === 1n
}

/** The numbers of all processes, the newest first as a rule; undefined where the machine does not tell. */
export const listNumbers = (): number[] | undefined => {
  try {
    return readdirSync('/proc')
      .flatMap((entry) => (/^\d+$/.test(entry) ? [Number(entry)] : []))
      .sort((a, b) => b - a)
  } catch {
    return undefined
  }
}

/** Every process that has not ended; undefined where the machine does not tell. */
export const listProcesses = (): ProcessFacts[] | undefined =>
  listNumbers()?.flatMap((pid) => {
    const facts = readProcess(pid)
    return facts && isLive(facts) ? [facts] : []
  })

/**
 * The value of a variable that a process was started with; null where it has none, undefined where that cannot be said: it is not ours to
 * read, or just becoming another program.
 */
export const variableOf = (pid: number, name: string): string | null | undefined => {
  const variables = read(`/proc/${pid}/environ`)
  if (!variables) return undefined
  const own = variables.split('\0').find((each) => each.startsWith(`${name}=`))
  return own?.slice(name.length + 1) ?? null
}

/** Bytes of memory that a process has at hand; what several share counts for each. */
export const residentMemory = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? 0) * 1_024

/** The same, with an equal part of what several share; undefined where the machine does not tell. Takes the longer the more it is. */
export const shareOfMemory = (pid: number): number | undefined => {
  const found = /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1]
  return found === undefined ? undefined : Number(found) * 1_024
}

/** What a process was started as, for people. */
export const commandOf = (pid: number): string => (read(`/proc/${pid}/cmdline`) ?? '').split('\0').join(' ').trim().slice(0, 200)

/** Names the present life of this machine and its space of process numbers: only within one are numbers comparable. */
export const whereNumbersHold = (namespace: string | undefined): string =>
  `${read('/proc/sys/kernel/random/boot_id')?.trim() ?? ''} ${namespace ?? ''}`
