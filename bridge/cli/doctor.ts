/** `troupe doctor`: what this machine offers; with `--prove`, whether what is reported is so. */
import { describeThrown } from '../../src/errors.js'
import { colors } from './colors.js'
import type { Claim } from './doctor/claim.js'
import { examine } from './doctor/environment.js'
import { prove } from './doctor/prove.js'
import { exitCodes, onInterrupt } from './exit.js'
import { table } from './table.js'

export interface DoctorFlags {
  readonly prove?: boolean
  readonly json?: boolean
}

const defaultPort = 3_001

export const doctor = async (flags: DoctorFlags): Promise<void> => {
  if (flags.prove) return proveAll(flags)
  const findings = await examine(defaultPort)
  const well = findings.every(({ verdict }) => verdict !== 'no')
  if (flags.json) console.log(JSON.stringify({ well, findings }))
  else {
    const rows = findings.map(({ about, found, verdict, advice = '' }) => [about, marks[verdict], found, advice])
    console.log(table([['WHAT', '', 'FOUND', 'SO'], ...rows]))
  }
  process.exitCode = well ? exitCodes.well : exitCodes.rejected
}

const marks = { yes: 'ok', less: '~', no: 'NO' } as const

const proveAll = async (flags: DoctorFlags): Promise<void> => {
  const interrupted = new AbortController()
  const stopListening = onInterrupt(
    () => interrupted.abort(),
    () => process.exit(exitCodes.interrupted),
  )
  try {
    const rows: (Claim & { readonly subject: string })[] = []
    await prove({ onClaim: (subject, claim) => void rows.push({ subject, ...claim }), signal: interrupted.signal })
    const lies = rows.filter(({ verdict }) => verdict === 'lie').length
    if (flags.json) console.log(JSON.stringify({ lies, claims: rows }))
    else console.log(proofOf(rows, lies))
    process.exitCode = lies === 0 ? exitCodes.well : exitCodes.rejected
  } catch (thrown) {
    if (!interrupted.signal.aborted) throw thrown
    console.error(`troupe: interrupted; what was running has been ended (${describeThrown(thrown)}).`)
    process.exitCode = exitCodes.interrupted
  } finally {
    stopListening()
  }
}

const short = (text: string) => (text.length > 48 ? `${text.slice(0, 47)}…` : text)

const proofOf = (rows: readonly (Claim & { readonly subject: string })[], lies: number): string => {
  const { green, red, dim } = colors
  const verdicts = { holds: green('holds'), lie: red('LIE'), unchecked: dim('not checked') } as const
  const lines = rows.map(({ about, reported, fact, verdict }) => [about, short(reported), short(fact), verdicts[verdict]])
  const checked = rows.filter(({ verdict }) => verdict !== 'unchecked').length
  return `${table([['CLAIM', 'REPORTED', 'FACT', 'VERDICT'], ...lines])}\n\n${checked} claims were checked against the facts: ${
    lies === 0 ? 'all of them hold' : `${lies} of them ${lies === 1 ? 'is a lie' : 'are lies'}`
  }.`
}
