/** Starts children that have nothing of this process but what they are handed. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

/** The exit code, or the signal that ended it. */
export type End = readonly [exitCode: number | null, signal: string | null]

/** A descriptor that children would inherit, and whether it is still open. */
interface Withheld {
  readonly fd: number
  readonly isOpen: () => boolean
}

const withheld = new Set<Withheld>()

/**
 * Keeps a descriptor from the children of `spawnChild` while it is open. Only for those that were not opened by Node, which marks its
 * own: Node can mark no others, and whoever inherits one side of a terminal reads and types in it.
 */
export const withhold = (fd: number, isOpen: () => boolean): void => void withheld.add({ fd, isOpen })

/** Below these a child has what it is handed. */
const handed = 3

/**
 * Starts a child in a session of its own; settles when it has started, or could not be. In the place of a descriptor that is withheld
 * it has `/dev/null`, since a shell cannot be told to close one of two digits.
 */
export const spawnChild = (
  file: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env'> & { readonly stdio: readonly ['pipe' | number, 'pipe' | number, 'pipe' | number] },
): Promise<{ readonly child: ChildProcess; readonly exited: Promise<End> }> =>
  new Promise((resolve, reject) => {
    for (const each of withheld) if (!each.isOpen()) withheld.delete(each)
    const fds = [...withheld].map(({ fd }) => fd)
    const nothing = openSync('/dev/null', 'r+')
    try {
      const rest = Array.from({ length: Math.max(handed - 1, ...fds) - (handed - 1) }, (_, at) =>
        fds.includes(at + handed) ? nothing : ('ignore' as const),
      )
      const child = spawn(file, args, { ...options, detached: true, stdio: [...options.stdio, ...rest] })
      const exited = new Promise<End>((ended) => child.once('exit', (...end) => ended(end)))
      child.once('error', reject)
      child.once('spawn', () => {
        child.off('error', reject)
        child.on('error', () => {
          // A signal that could not be sent: the family is told by its own means.
        })
        resolve({ child, exited })
      })
    } finally {
      closeSync(nothing)
    }
  })
