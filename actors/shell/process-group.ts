/** A child process with everything that it starts, as one group: stopped, continued and ended together. */
import { readdirSync, readFileSync } from 'node:fs'

const alive = new Set<number>()

const send = (pid: number, signal: NodeJS.Signals): boolean => {
  try {
    process.kill(-pid, signal)
    return true
  } catch {
    // ESRCH: nobody of the group is left, which is what every caller wants to know and no more.
    return false
  }
}

const killAll = () => {
  for (const pid of alive) send(pid, 'SIGKILL')
}

/** Ends the group when this process exits, however it came to that, kill -9 aside. */
const guard = (pid: number) => {
  if (alive.size === 0) process.on('exit', killAll)
  alive.add(pid)
}

const release = (pid: number) => {
  alive.delete(pid)
  if (alive.size === 0) process.off('exit', killAll)
}

/** Whether a process that runs is left of the group; one that has ended and waits to be reaped does not count. */
const anyoneLeft = (group: number): boolean => {
  if (!send(group, 0 as unknown as NodeJS.Signals)) return false
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

export class ProcessGroup {
  readonly #pid: number
  #stopped = false

  constructor(pid: number) {
    this.#pid = pid
    guard(pid)
  }

  pause(): void {
    this.#stopped = send(this.#pid, 'SIGSTOP')
  }

  resume(): void {
    send(this.#pid, 'SIGCONT')
    this.#stopped = false
  }

  /** Asks all of them to end. A stopped group is continued, since it could not hear it otherwise. */
  terminate(): void {
    send(this.#pid, 'SIGTERM')
    if (this.#stopped) this.resume()
  }

  kill(): void {
    send(this.#pid, 'SIGKILL')
  }

  get empty(): boolean {
    return !anyoneLeft(this.#pid)
  }

  /** The group is gone; nothing has to be done at exit. */
  release(): void {
    release(this.#pid)
  }
}
