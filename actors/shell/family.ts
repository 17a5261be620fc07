/** A child process with everything that it starts, wherever that goes: stopped, continued and ended together. */
// Processes live in the machine's time, whatever clock the system is given.
import { systemClock } from '../../src/clock.js'
import type { Cgroup } from './cgroup.js'
import { Memory } from './memory.js'
import { Outlook } from './outlook.js'
import { listProcesses, type ProcessFacts, readProcess, ticksPerSecond } from './process-table.js'
import { enroll, enrollJob, strike } from './roll.js'
import { carries } from './runtime-mark.js'

/** Milliseconds between the first two looks at whether a family is gone; each wait is twice as long as the one before, up to the last. */
const looks = { first: 5, last: 80 }
/** Looks in a row that find nobody, each of which may have overlooked somebody, before that is believed: others come and go too. */
const doubtful = 8
/** Looks in a row at the most to reach those that start another as fast as they are reached. */
const longestChase = 200

/** What a family takes. */
export interface Usage {
  /** Seconds of processor time since it began. */
  readonly cpuTime: number
  /** Bytes; what processes share counts once. */
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
  /** Those of whom it was seen whether they carry the mark: nobody comes by it later. */
  readonly #marked = new Map<string, boolean>()
  /** Those that the next runtime could not know as ours, and that are written down for it. */
  readonly #writtenDown = new Set<string>()
  readonly #outlook: Outlook
  readonly #memory = new Memory()
  readonly #exit = () => this.kill()
  /** Those that stood still before they were paused, by somebody else's will; undefined while nothing is paused. */
  #stoodStill: ReadonlySet<string> | undefined
  #killed = false
  #released = false

  constructor(pid: number, mark: string, cgroup?: Cgroup) {
    this.pid = pid
    this.#mark = mark
    this.#cgroup = cgroup
    this.#started = readProcess(pid)?.started ?? 0
    this.#outlook = new Outlook(this.#started)
    enroll(this.#exit, pid, this.#started)
  }

  /** Stops all of them where they stand. */
  pause(): void {
    if (this.#released) return
    this.#stoodStill ??= new Set(this.members()?.flatMap((each) => (each.state === 'T' ? [keyOf(each)] : [])))
    this.#cgroup?.whileFrozen(() => this.#signal('SIGSTOP'))
    this.#signal('SIGSTOP', longestChase, 'T')
  }

  /** Continues those that `pause` has stopped. */
  resume(): void {
    const members = this.members()
    if (!members && !this.#released) send(-this.pid, 'SIGCONT')
    for (const each of members ?? []) if (!this.#stoodStill?.has(keyOf(each))) send(each.pid, 'SIGCONT')
    this.#stoodStill = undefined
  }

  /** Asks all of them to end. Those that are stopped are continued, since they could not hear it otherwise. */
  terminate(): void {
    this.#signal('SIGTERM')
    this.#signal('SIGCONT')
    this.#stoodStill = undefined
  }

  kill(): void {
    if (this.#released) return
    this.#killed = true
    this.#cgroup?.kill()
    this.#signal('SIGKILL', longestChase, 'Z')
  }

  /** Whether nobody runs of it any more. */
  async isEmpty(): Promise<boolean> {
    for (let doubts = doubtful; doubts > 0 && !this.#released; doubts--) {
      const look = this.#outlook.look((each) => this.#belongs(each))
      // Without a process table, the word of the group has to do.
      if (!look) return !send(-this.pid, 0)
      if ((this.members(look.all) ?? []).length > 0 || (this.#cgroup?.pids() ?? []).length > 0) return false
      // Whoever is in a control group is in it until the end.
      if (look.whole || this.#cgroup) return true
      await new Promise<void>((resolve) => void systemClock.after(1, resolve))
    }
    return true
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
    for (const each of members.values()) this.#remember(each)
    this.#forget(all)
    return [...members.values()]
  }

  usage(all: readonly ProcessFacts[] | undefined): Usage {
    const members = this.members(all) ?? []
    return {
      cpuTime: members.reduce((sum, each) => sum + each.cpu, 0) / ticksPerSecond,
      memory: this.#memory.of(members.map((each) => each.pid)),
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
    for (let wait = looks.first; !(await this.isEmpty()); wait = Math.min(looks.last, wait * 2)) {
      if (this.#killed || systemClock.now() >= deadline) this.kill()
      await new Promise<void>((resolve) => void systemClock.after(wait, resolve))
    }
  }

  /** The family is gone: its numbers may be given to others, so nothing is sent to them any more. */
  release(): void {
    if (this.#released) return
    this.#released = true
    this.#known.clear()
    this.#marked.clear()
    this.#writtenDown.clear()
    this.#cgroup?.remove()
    strike(this.#exit)
  }

  /** Undefined where that cannot be said. */
  #belongs(facts: ProcessFacts): boolean | undefined {
    if (facts.group === this.pid || facts.session === this.pid) return true
    return this.#known.has(keyOf(facts)) || this.#carriesMark(facts)
  }

  #carriesMark(facts: ProcessFacts): boolean | undefined {
    // Who is older cannot descend from it.
    if (facts.started < this.#started) return false
    const key = keyOf(facts)
    const marked = this.#marked.get(key) ?? carries(facts.pid, this.#mark)
    if (marked !== undefined) this.#marked.set(key, marked)
    return marked
  }

  #remember(facts: ProcessFacts): void {
    const key = keyOf(facts)
    this.#known.add(key)
    if (this.#cgroup || facts.group === this.pid || facts.session === this.pid) return
    // Looked up anew: who carried the mark may have become a program without it.
    if (this.#writtenDown.has(key) || carries(facts.pid, this.#mark)) return
    this.#writtenDown.add(key)
    enrollJob(facts.pid, facts.started)
  }

  /** Lets go of those that are gone: others come and go for as long as a command runs. */
  #forget(all: readonly ProcessFacts[]): void {
    if (this.#marked.size + this.#known.size < 4 * all.length + 1_000) return
    const here = new Set(all.map(keyOf))
    for (const keys of [this.#marked, this.#known, this.#writtenDown])
      for (const key of keys.keys()) if (!here.has(key)) keys.delete(key)
  }

  /**
   * The group at once, as one; then those that left it, each once and as soon as it is seen, in so many looks at the most: until one
   * finds nobody new, cannot have overlooked anybody, and everybody has come to the state that the signal leads to; who has not may have
   * been starting another when it was told.
   */
  #signal(signal: NodeJS.Signals, most = 1, state?: 'T' | 'Z'): void {
    if (this.#released) return
    send(-this.pid, signal)
    const told = new Set<string>()
    const tell = (each: ProcessFacts) => {
      if (each.group === this.pid || told.has(keyOf(each))) return
      told.add(keyOf(each))
      send(each.pid, signal)
    }
    for (let left = most, doubts = doubtful; left > 0 && doubts > 0; left--) {
      const before = told.size
      const within = new Set(this.#cgroup?.pids())
      const look = this.#outlook.look((each) => {
        const belongs = within.has(each.pid) || this.#belongs(each)
        if (belongs) tell(each)
        return belongs
      })
      if (!look) return
      const members = this.members(look.all) ?? []
      for (const each of members) tell(each)
      const late = state ? members.filter((each) => each.state.toUpperCase() !== state) : []
      if (told.size > before || late.some((each) => each.state !== 'D')) doubts = doubtful
      else if (look.whole && late.length === 0) return
      // Who waits for a disk, or for a child that stands still, comes to no other state.
      else doubts--
    }
  }
}

const keyOf = ({ pid, started }: ProcessFacts): string => `${pid} ${started}`
