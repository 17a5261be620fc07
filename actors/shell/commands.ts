/** The commands that one shell agent has in hand: what they take together, and how they are spoken to. */
import { TroupeError } from '../../src/errors.js'
import type { Scope } from '../agent/scope.js'
import type { Cgroup, Limits } from './cgroup.js'
import { agentGroup, removeGroup } from './containment.js'
import type { ProcessFamily, Usage } from './family.js'
import { isWatched } from './limits.js'
import type { Pace } from './pace.js'
import type { Started, TerminalSize } from './pipes.js'
import type { ProcessFacts } from './process-table.js'
import { type Watcher, watchUsage } from './usage.js'

/** A command that runs. */
export interface Command {
  /** The task that it is run for, if any. */
  readonly task: string | undefined
  readonly family: ProcessFamily
  readonly child: Started
  readonly takesInput: boolean
}

/** Most that may wait for a command to read it, in bytes. */
const longestInput = 1_048_576

let agents = 0

export class Commands implements Watcher {
  readonly #limits: Limits
  /** On whose behalf what they take is told: that of the command that was begun last. */
  #scope: Pick<Scope, 'isMeasured' | 'metrics'> | undefined
  readonly #running = new Set<Command>()
  /** Of commands whose output is held back for whoever shows it, by task: until all is told, though they have ended. */
  readonly paces = new Map<string, Pace>()
  #group: Cgroup | undefined
  #stopWatching = () => {}
  /** At the last look. */
  #before = { at: 0, cpuTime: 0 }
  #told = false
  /** Commands that were ended since they took more memory than they may. */
  readonly #greedy = new WeakSet<Command>()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** The control group that commands are put in; undefined where there are none. */
  get group(): Cgroup | undefined {
    this.#group ??= agentGroup(`agent-${++agents}`, this.#limits)
    return this.#group
  }

  add(command: Command, scope: Pick<Scope, 'isMeasured' | 'metrics'>): void {
    this.#scope = scope
    if (this.#running.size === 0) this.#stopWatching = watchUsage(this)
    this.#running.add(command)
  }

  /** It has ended. Returns whether that was for the memory that it took. */
  remove(command: Command, starved: number): boolean {
    this.#running.delete(command)
    return starved > 0 || this.#greedy.has(command)
  }

  /** Writes to a command, or ends its input. Throws `INVALID_STATE` where there is none that takes it, `QUEUE_FULL` when it does not read. */
  input({
    task,
    data = '',
    end = false,
  }: {
    task?: string | undefined
    data?: string | undefined
    end?: boolean | undefined
  }): void {
    const { child, takesInput } = this.#find(task)
    if (!takesInput || child.input.over)
      throw new TroupeError(
        'INVALID_STATE',
        `The command takes no input any more: ${takesInput ? 'it was ended, or the command reads no more' : 'it was started neither in a terminal nor as interactive; start it so'}.`,
      )
    if (child.input.waiting + data.length > longestInput)
      throw new TroupeError('QUEUE_FULL', `The command has ${child.input.waiting} bytes to read yet; wait until it has.`)
    if (data !== '') child.input.write(data)
    if (end) child.input.end()
  }

  /** Tells a command's terminal its size. Throws `INVALID_STATE` where there is none. */
  resize({ task, ...size }: TerminalSize & { task?: string | undefined }): void {
    const { child } = this.#find(task)
    if (!child.resize) throw new TroupeError('INVALID_STATE', 'The command runs in no terminal that could be resized.')
    child.resize(size)
  }

  /** So much of a command's output has been taken. One that has ended meanwhile is not meant any more. */
  took({ task, pieces }: { task: string; pieces: number }): void {
    this.paces.get(task)?.took(pieces)
  }

  get needs(): 'none' | 'usual' | 'strict' {
    if (isWatched(this.#limits)) return 'strict'
    // Where there is no control group, who leaves its family is known only for having been seen in it.
    return this.#scope?.isMeasured || !this.#group ? 'usual' : 'none'
  }

  look(all: readonly ProcessFacts[], at: number): void {
    const { memory: limit } = this.#limits
    let sum: Usage = { cpuTime: 0, memory: 0, processes: 0, threads: 0 }
    for (const { family } of this.#running) {
      const { cpuTime, memory, processes, threads } = family.usage(all)
      sum = {
        cpuTime: sum.cpuTime + cpuTime,
        memory: sum.memory + memory,
        processes: sum.processes + processes,
        threads: sum.threads + threads,
      }
    }
    if (limit !== undefined && isWatched(this.#limits) && sum.memory > limit * 1_048_576) this.#endGreedy()
    const elapsed = (at - this.#before.at) / 1_000
    // Of a first look, nothing can be said about how much in which time.
    const cpu = this.#before.at === 0 ? 0 : Math.max(0, sum.cpuTime - this.#before.cpuTime) / elapsed
    if (elapsed < 0.9) return
    this.#before = { at, cpuTime: sum.cpuTime }
    if (!this.#scope?.isMeasured) return
    this.#told = true
    const { memory, processes, threads } = sum
    this.#scope.metrics({ cpu: Math.round(cpu * 1_000) / 1_000, memory, processes, threads })
  }

  #endGreedy(): void {
    for (const command of this.#running) {
      this.#greedy.add(command)
      command.family.kill()
    }
  }

  /** Lets go of what is only needed while something runs, where nothing does. */
  rest(): void {
    if (this.#running.size > 0) return
    this.#stopWatching()
    this.#before = { at: 0, cpuTime: 0 }
    if (this.#told) this.#scope?.metrics({ cpu: 0, memory: 0, processes: 0, threads: 0 })
    this.#told = false
    if (this.#group) removeGroup(this.#group)
    this.#group = undefined
  }

  #find(task: string | undefined): Command {
    const fitting = [...this.#running].filter((each) => task === undefined || each.task === task)
    const [only] = fitting
    if (only && fitting.length === 1) return only
    const several = [...this.#running].map((each) => each.task ?? 'a message').join(', ')
    throw new TroupeError(
      'INVALID_STATE',
      only
        ? `Several commands run here; say which is meant by its task: ${several}.`
        : `No command runs here${task === undefined ? '' : ` for the task ${task}`}; start one first.`,
    )
  }
}
