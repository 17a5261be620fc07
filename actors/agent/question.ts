/** A question to a person, as long as the work that asks it goes on. */
import type { TroupeError } from '../../src/errors.js'
import type { QuestionOptions } from '../../src/options.js'
import type { Host } from '../../src/system/actor.js'

/** The work that asks. */
interface Asking {
  readonly id: string
  readonly host: Pick<Host, 'question'>
  readonly signal: AbortSignal
  /** Why it was aborted, if it was. */
  readonly why: TroupeError | undefined
}

export const questionOf = async (asking: Asking, text: string, options: QuestionOptions): Promise<string> => {
  const { id, host, signal } = asking
  if (asking.why) throw asking.why
  const { answer, cancel } = host.question(id, text, options)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return await answer
  } catch (thrown) {
    // Whoever was told to end did not run out of time.
    throw asking.why ?? thrown
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
