/** Where a shell agent works. */
import { realpathSync, statSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { describeThrown, TroupeError } from '../../src/errors.js'

const refuse = (message: string): never => {
  throw new TroupeError('FAILED', message)
}

const realDirectory = (path: string): string => {
  try {
    const real = realpathSync(path)
    return statSync(real).isDirectory() ? real : refuse(`The workspace ${path} is not a directory; name one.`)
  } catch (error) {
    if (error instanceof TroupeError) throw error
    return refuse(`The workspace ${path} does not exist or may not be entered; create it, or name another.`)
  }
}

/** The real path of a workspace. Throws when it is no directory, or lies outside of `root` where there is one. */
export const openWorkspace = (path: string, root?: string): string => {
  const real = realDirectory(root === undefined ? resolve(path) : resolve(root, path))
  if (root === undefined) return real
  const inside = relative(realDirectory(root), real)
  if (inside === '..' || inside.startsWith('../') || isAbsolute(inside))
    refuse(`The workspace ${path} lies outside of ${root}, to which this agent is kept.`)
  return real
}

/** Why commands could not run there; undefined when they can. */
export const workspaceProblem = (workspace: string, root: string | undefined): string | undefined => {
  try {
    openWorkspace(workspace, root)
    return undefined
  } catch (thrown) {
    return describeThrown(thrown)
  }
}
