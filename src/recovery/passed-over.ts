/** What lived in a process before is not lost in silence. */
import { TroupeError } from '../errors.js'
import type { Host } from '../system/actor.js'

/** Something begins, and what lived before was not brought back: tells so, where there was something. True: it is done. */
export const tellPassedOver = (core: { keeper: Host['keeper']; report(where: string, error: unknown): void }): true => {
  if (core.keeper?.any())
    core.report(
      'what lived in the process before',
      new TroupeError(
        'INVALID_STATE',
        'The journal remembers actors of a process before, and recover() was not called before something was spawned: they do not go on.',
      ),
    )
  return true
}
