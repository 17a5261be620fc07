/** A child process with everything that it starts, as one group: stopped, continued and ended together. */
import { readdirSync, readFileSync } from 'node:fs'
// Processes live in the machine's time, whatever clock the system is given.
import { systemClock } from '../../src/clock.js'

/** Milliseconds between the first two looks at whether a group is gone; each wait is twice as long as the one before, up to the last. */
const looks = { first: 5, last: 80 }

const alive = new Set<number>()

const send = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    process.kill(-pid, signal)
    return true
  } catch {
    // Nobody of the group is left, or nobody whom we may signal: there is nothing more that we could do.
    return false
  }
}

const killAll = () => {
  for (const pid of alive) send(pid, 'SIGKILL')
}

/** Whether a process that runs is left of the group; one that has ended and waits to be reaped does not count. */
const anyoneLeft = (group: number): boolean => {
  if (!send(group, 0)) return false
  let entries: string[]
  try {
    entries = readdirSync('/proc')
  } catch {
    // No /proc on this system: the signal's word has to do.
    return true
  }
  for (const entry of entries) {
    if (!/^\d+$/.test(entry)) continue
    try {
      // After the name in brackets, which may hold anything: state, parent, process group.
      const fields = readFileSync(`/proc/${entry}/stat`, 'utf8')
        .replace(/^.*\)\s/s, '')
        .split(' ')
      if (Number(fields[2]) === group && fields[0] !== 'Z' && fields[0] !== 'X') return true
    } catch {
      // It ended while we looked.
    }
  }
  return false
}

/** A process group from its start to its release. Should this process exit before, however it comes to that, kill -9 aside, the group is killed. */
export class ProcessGroup {
  readonly #pid: number
  #released = false

  constructor(pid: number) {
    this.#pid = pid
    if (alive.size === 0) process.on('exit', killAll)
    alive.add(pid)
  }

  pause(): void {
    this.#send('SIGSTOP')
  }

  resume(): void {
    this.#send('SIGCONT')
  }

  /** Asks all of them to end. A stopped group is continued, since it could not hear it otherwise. */
  terminate(): void {
    this.#send('SIGTERM')
    this.#send('SIGCONT')
  }

  kill(): void {
    this.#send('SIGKILL')
  }

  get empty(): boolean {
    return this.#released || !anyoneLeft(this.#pid)
  }

  /** Resolves when nobody is left; kills who is still there after `patience` ms, which may be `Infinity`. */
  async ended(patience: number): Promise<void> {
    const deadline = systemClock.now() + patience
    for (let wait = looks.first; !this.empty; wait = Math.min(looks.last, wait * 2)) {
      if (systemClock.now() >= deadline) this.kill()
      await new Promise<void>((resolve) => void systemClock.after(wait, resolve))
    }
  }

  /** The group is gone: its number may be given to others, so nothing is sent to it any more. */
  release(): void {
    this.#released = true
    alive.delete(this.#pid)
    if (alive.size === 0) process.off('exit', killAll)
  }

  #send(signal: NodeJS.Signals): void {
    if (!this.#released) send(this.#pid, signal)
  }
}
