/** `troupe run`: an example without the bridge, with live progress and a verdict. */
import { checkRepository } from '../../examples/ci/index.js'
import { TroupeError } from '../../src/errors.js'
import { createSystem } from '../../src/system/system.js'
import { exitCodes, onInterrupt, onReaderLeft } from './exit.js'
import { showProgress } from './progress.js'
import { summary } from './summary.js'

export interface RunFlags {
  readonly repo?: string
  readonly install: boolean
  readonly json?: boolean
}

/** The bundled examples that this command knows. */
export const examples = ['ci'] as const

/** Throws a sentence for an example that there is none of. */
export const knownExample = (name: string): void => {
  if (!(examples as readonly string[]).includes(name))
    throw new TroupeError('NOT_FOUND', `There is no example ${JSON.stringify(name)}; there is: ${examples.join(', ')}.`)
}

export const run = async (example: string, flags: RunFlags): Promise<void> => {
  knownExample(example)
  const system = createSystem({ onError: (error, where) => console.error(`troupe: ${where}: ${error.message}`) })
  let interrupted = false
  let stopProgress = () => {}
  // The verdict stands in the exit code, whoever reads the rest.
  onReaderLeft(() => {})
  const stopListening = onInterrupt(
    () => {
      interrupted = true
      void system.stop({ grace: 0, reason: 'interrupted' })
    },
    () => {
      void system.stop({ force: true })
      process.exit(exitCodes.interrupted)
    },
  )
  try {
    const check = await checkRepository(system, {
      install: flags.install,
      ...(flags.repo === undefined ? {} : { repo: flags.repo }),
    })
    if (!flags.json) {
      console.log(`${check.plan.source}: ${check.plan.jobs.map(({ title }) => title).join(', ')}`)
      stopProgress = showProgress(system, check, process.stdout)
    }
    const report = await check.report
    stopProgress()
    if (interrupted) console.error('troupe: interrupted; what was running has been ended.')
    else console.log(flags.json ? JSON.stringify(report) : `\n${summary(report)}`)
    process.exitCode = interrupted ? exitCodes.interrupted : report.accepted ? exitCodes.well : exitCodes.rejected
  } catch (thrown) {
    stopProgress()
    if (!interrupted) throw thrown
    console.error('troupe: interrupted; what was running has been ended.')
    process.exitCode = exitCodes.interrupted
  } finally {
    await system.stop({ grace: 0 })
    stopListening()
  }
}
