/** The secret of a data directory: made once, kept for its owner alone. */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, mkdir, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { TroupeError } from '../../src/errors.js'

/** Characters that a secret has at the least, so that it cannot be found out from a token. */
const shortest = 32
/** More is no secret. */
const longest = 4_096

/**
 * The secret that is kept in a directory, in the file `secret` with mode 0600; made when there is none. Of several processes that come at
 * once, all get the same one. Rejects with `INVALID_OPTION` for a file that others may read or write, is no file, or is too short.
 */
export const keptSecret = async (dir: string): Promise<string> => {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, 'secret')
  return (await read(path)) ?? (await make(dir, path))
}

const read = async (path: string): Promise<string | undefined> => {
  // A link could lead to what another user has chosen.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((thrown: unknown) => {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new TroupeError('INVALID_OPTION', `The secret at ${path} cannot be opened; it has to be a file of this user.`, {
      cause: thrown,
    })
  })
  if (!file) return undefined
  try {
    const { mode, uid, size } = await file.stat()
    const wrong =
      (mode & constants.S_IFMT) !== constants.S_IFREG
        ? 'is no file'
        : (mode & 0o077) !== 0
          ? `may be read or written by others (mode ${(mode & 0o777).toString(8)})`
          : process.getuid !== undefined && uid !== process.getuid()
            ? 'is of another user'
            : size > longest
              ? 'is too long'
              : undefined
    if (wrong)
      throw new TroupeError('INVALID_OPTION', `The secret at ${path} ${wrong}; make it yours with mode 600, or remove it.`)
    const secret = (await file.readFile('utf8')).trim()
    if (secret.length >= shortest) return secret
    throw new TroupeError(
      'INVALID_OPTION',
      `The secret at ${path} has ${secret.length} characters; it needs ${shortest} or more, or remove it and one is made.`,
    )
  } finally {
    await file.close()
  }
}

const make = async (dir: string, path: string): Promise<string> => {
  const secret = randomBytes(32).toString('base64url')
  const draft = join(dir, `.secret-${randomBytes(8).toString('hex')}`)
  const file = await open(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    await file.writeFile(`${secret}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    // The name appears with all that is in it, or not at all.
    await link(draft, path)
    return secret
  } catch (thrown) {
    const made = (thrown as NodeJS.ErrnoException).code === 'EEXIST' ? await read(path) : undefined
    if (made !== undefined) return made
    throw thrown
  } finally {
    await unlink(draft)
  }
}
