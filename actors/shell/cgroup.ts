/** A control group of Linux (version 2): nobody who is in it leaves it by forking, and the kernel holds what it may take. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
// Processes live in the machine's time, whatever clock the system is given.
import { systemClock } from '../../src/clock.js'

/** Milliseconds that the kernel may take to freeze a group: who waits for a disk cannot be frozen before it has answered. */
const longestFreeze = 50

/** What an agent may take. */
export interface Limits {
  /** In megabytes of 1,048,576 bytes. */
  readonly memory?: number | undefined
  /** In cores: 0.5 is half of one. */
  readonly cpu?: number | undefined
}

const tryTo = <R>(run: () => R): R | undefined => {
  try {
    return run()
  } catch {
    // Not ours to do, or gone: the caller goes on without.
    return undefined
  }
}

export class Cgroup {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** One within this one; undefined where it may not be made. */
  child(name: string): Cgroup | undefined {
    const path = join(this.path, name)
    return tryTo(() => {
      mkdirSync(path, { recursive: true })
      return existsSync(join(path, 'cgroup.procs')) ? new Cgroup(path) : undefined
    })
  }

  /** A process that writes its number here is in it, and what it starts from then on is too. */
  get entrance(): string {
    return join(this.path, 'cgroup.procs')
  }

  /** The processes within, and within its children. */
  pids(): number[] {
    const own = tryTo(() => readFileSync(this.entrance, 'utf8')) ?? ''
    const pids = own.split('\n').flatMap((line) => (line === '' ? [] : [Number(line)]))
    return [...pids, ...this.#children().flatMap((each) => each.pids())]
  }

  /** Holds it to its limits; returns the names of those that cannot be held here. */
  limit({ memory, cpu }: Limits): (keyof Limits)[] {
    const refused: (keyof Limits)[] = []
    if (memory !== undefined && !this.#write('memory.max', String(Math.round(memory * 1_048_576)))) refused.push('memory')
    // Without it, what exceeds the limit is only moved out to the disk.
    else if (memory !== undefined) this.#write('memory.swap.max', '0')
    // So many microseconds of each tenth of a second.
    if (cpu !== undefined && !this.#write('cpu.max', `${Math.max(1_000, Math.round(cpu * 100_000))} 100000`)) refused.push('cpu')
    return refused
  }

  /** How many of its processes the kernel has ended for want of memory. */
  get starved(): number {
    const events = tryTo(() => readFileSync(join(this.path, 'memory.events'), 'utf8')) ?? ''
    return Number(/^oom_kill (\d+)/m.exec(events)?.[1] ?? 0)
  }

  /** Lets its children have limits of their own; false where the kernel refuses. */
  delegate(): boolean {
    return this.#write('cgroup.subtree_control', '+memory +cpu')
  }

  /**
   * Runs something while everybody within stands still, whoever they start included; for how long that takes is waited here, up to a
   * bound. Who is sent a signal meanwhile takes it before anything else.
   */
  whileFrozen(run: () => void): void {
    const freezes = this.#write('cgroup.freeze', '1')
    try {
      for (const end = systemClock.now() + longestFreeze; freezes && !this.#frozen && systemClock.now() < end; );
      run()
    } finally {
      if (freezes) this.#write('cgroup.freeze', '0')
    }
  }

  get #frozen(): boolean {
    return /^frozen 1$/m.test(tryTo(() => readFileSync(join(this.path, 'cgroup.events'), 'utf8')) ?? 'frozen 1')
  }

  /** Ends everybody within, at once. */
  kill(): void {
    if (!this.#write('cgroup.kill', '1')) for (const pid of this.pids()) tryTo(() => process.kill(pid, 'SIGKILL'))
  }

  /** Removes it, its children first; one with processes in it stays. */
  remove(): void {
    for (const each of this.#children()) each.remove()
    this.removeIfEmpty()
  }

  /** Removes it where nothing is within, neither processes nor groups. */
  removeIfEmpty(): void {
    tryTo(() => rmdirSync(this.path))
  }

  #children(): Cgroup[] {
    const entries = tryTo(() => readdirSync(this.path, { withFileTypes: true })) ?? []
    return entries.flatMap((each) => (each.isDirectory() ? [new Cgroup(join(this.path, each.name))] : []))
  }

  /** A file that the kernel did not make is not made either: this would be no control group then. */
  #write(file: string, text: string): boolean {
    const path = join(this.path, file)
    return existsSync(path) && tryTo(() => writeFileSync(path, text, { flag: 'r+' }) ?? true) === true
  }
}

/** The group that this process is in; undefined where version 2 is not mounted. */
export const ownCgroup = (): Cgroup | undefined =>
  tryTo(() => {
    const mount = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .find((fields) => fields[2] === 'cgroup2')?.[1]
    const path = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1]
    return mount === undefined || path === undefined ? undefined : new Cgroup(join(mount, path))
  })
