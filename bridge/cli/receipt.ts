/** The receipt of one of several things that were asked for: one that is refused keeps no other from being told. */
import { describeThrown } from '../../src/errors.js'
import { exitCodes } from './exit.js'
import { plain } from './print.js'

/** Prints what `run` resolves to; where it rejects, the sentence with `label` before it, and the command ends with 2. */
export const receipt = async (label: string, run: () => Promise<string | undefined>): Promise<void> => {
  try {
    const told = await run()
    if (told !== undefined) console.log(told)
  } catch (thrown) {
    console.error(`troupe: ${label}: ${plain(describeThrown(thrown))}`)
    process.exitCode = exitCodes.cannot
  }
}
