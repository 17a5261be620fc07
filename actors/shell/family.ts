/** A child process with everything that it starts, wherever that goes: stopped, continued and ended together. */
// Processes live in the machine's time, whatever clock the system is given.
import { systemClock } from '../../src/clock.js'
import type { Cgroup } from './cgroup.js'
import { isLive, listProcesses, memoryOf, type ProcessFacts, readProcess, ticksPerSecond } from './process-table.js'
import { enroll, strike } from './roll.js'
import { carries } from './runtime-mark.js'

/** Milliseconds between the first two looks at whether a family is gone; each wait is twice as long as the one before, up to the last. */
const looks = { first: 5, last: 80 }

/** What a family takes. */
export interface Usage {
  /** Seconds of processor time since it began. */
  readonly cpuTime: number
  /** Bytes. */
  readonly memory: number
  readonly processes: number
  /** Of all processes together. */
  readonly threads: number
}

const send = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(pid, signal)
  } catch {
    // It is gone, or is nobody whom we may signal: there is nothing more that we could do.
    return false
  }
}

/**
 * From a child's start to its release. Who belongs to it: its process group, its session, whoever carries its mark, descends from one
 * of these or once did, and whoever is in its control group where it has one. Should this process exit before, the family is killed.
 */
export class ProcessFamily {
  readonly pid: number
  readonly #mark: string
  readonly #cgroup: Cgroup | undefined
  readonly #started: number
  /** Those that were seen to belong, by number and start. */
  readonly #known = new Set<string>()
  /** Those that were seen not to carry the mark: nobody comes by it later. */
  readonly #strangers = new Set<string>()
  readonly #exit = () => this.kill()
  #released = false

  constructor(pid: number, mark: string, cgroup?: Cgroup) {
    this.pid = pid
    this.#mark = mark
    this.#cgroup = cgroup
    this.#started = readProcess(pid)?.started ?? 0
    enroll(this.#exit, pid, this.#started)
  }

  pause(): void {
    this.#signal('SIGSTOP')
  }

  resume(): void {
    this.#signal('SIGCONT')
  }

  /** Asks all of them to end. Those that are stopped are continued, since they could not hear it otherwise. */
  terminate(): void {
    this.#signal('SIGTERM')
    this.#signal('SIGCONT')
  }

  kill(): void {
    if (this.#released) return
    this.#cgroup?.kill()
    this.#signal('SIGKILL')
  }

  get empty(): boolean {
    // Without a process table, the word of the group has to do.
    return this.#released || (this.members()?.length ?? Number(send(-this.pid, 0))) === 0
  }

  /** Who runs of the family now, looked up in `all`; undefined where the machine does not tell. */
  members(all: readonly ProcessFacts[] | undefined = listProcesses()): ProcessFacts[] | undefined {
    if (!all || this.#released) return all && []
    const within = new Set(this.#cgroup?.pids())
    const members = new Map(all.filter((each) => within.has(each.pid) || this.#belongs(each)).map((each) => [each.pid, each]))
    for (let before = -1; before !== members.size; ) {
      before = members.size
      for (const each of all) if (members.has(each.parent)) members.set(each.pid, each)
    }
    for (const each of members.values()) this.#known.add(keyOf(each))
    return [...members.values()]
  }

  usage(all: readonly ProcessFacts[] | undefined): Usage {
    const members = this.members(all) ?? []
    return {
      cpuTime: members.reduce((sum, each) => sum + each.cpu, 0) / ticksPerSecond,
      memory: members.reduce((sum, each) => sum + memoryOf(each.pid), 0),
      processes: members.length,
      threads: members.reduce((sum, each) => sum + each.threads, 0),
    }
  }

  /** How many the kernel has ended since there was not memory enough. */
  get starved(): number {
    return this.#cgroup?.starved ?? 0
  }

  /** Resolves when nobody is left; kills who is still there after `patience` ms, which may be `Infinity`. */
  async ended(patience: number): Promise<void> {
    const deadline = systemClock.now() + patience
    for (let wait = looks.first; !this.empty; wait = Math.min(looks.last, wait * 2)) {
      if (systemClock.now() >= deadline) this.kill()
      await new Promise<void>((resolve) => void systemClock.after(wait, resolve))
    }
  }

  /** The family is gone: its numbers may be given to others, so nothing is sent to them any more. */
  release(): void {
    if (this.#released) return
    this.#released = true
    this.#known.clear()
    this.#strangers.clear()
    this.#cgroup?.remove()
    strike(this.#exit)
  }

  #belongs(facts: ProcessFacts): boolean {
    if (facts.group === this.pid || facts.session === this.pid) return true
    const key = keyOf(facts)
    if (this.#known.has(key)) return true
    // Who is older cannot descend from it.
    if (facts.started < this.#started || this.#strangers.has(key)) return false
    if (carries(facts.pid, this.#mark)) return true
    this.#strangers.add(key)
    return false
  }

  /** The group at once, as one; then those that left it. */
  #signal(signal: NodeJS.Signals): void {
    if (this.#released) return
    send(-this.pid, signal)
    for (const each of this.members() ?? []) if (each.group !== this.pid && isLive(each)) send(each.pid, signal)
  }
}

const keyOf = ({ pid, started }: ProcessFacts): string => `${pid} ${started}`
