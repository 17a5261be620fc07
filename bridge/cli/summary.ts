/** What came of a check, as text. */

import type { CheckResult, Report } from '../../examples/ci/index.js'
import { colors } from './colors.js'
import { harmless } from './event-line.js'
import { table } from './table.js'
import { readable } from './values.js'

const tints = { passed: colors.green, failed: colors.red, cancelled: colors.yellow, skipped: colors.dim }
/** Lines of output that are shown of what failed. */
const tailLines = 12

const row = (result: CheckResult): string[] => {
  const { title, status, required, attempts, durationMs, reason, findings } = result
  const note =
    status === 'skipped'
      ? (reason ?? '')
      : findings.length > 0
        ? findings.slice(0, 3).join('; ')
        : status === 'cancelled'
          ? (reason ?? '')
          : ''
  return [
    title,
    tints[status](status),
    required ? 'required' : 'advice',
    attempts > 0 ? readable(durationMs) : '',
    attempts > 1 ? `${attempts} tries` : '',
    harmless(note),
  ]
}

export const summary = (report: Report): string => {
  const failed = report.results.filter(({ status, required }) => status === 'failed' && required)
  const tails = failed.map(({ title, command, tail, reason }) => {
    const last = harmless(tail ?? reason ?? '')
      .split('\n')
      .slice(-tailLines)
    return `${colors.red('✗')} ${colors.bold(title)} ${colors.dim(`$ ${command}`)}\n${last.map((line) => `  ${line}`).join('\n')}\n`
  })
  const votes = report.opinions.map(
    ({ voter, vote, reason, counted }) => `  ${voter} ${counted ? 'votes' : 'would vote'} ${vote}: ${harmless(reason)}`,
  )
  const without = report.unchecked.length > 0 ? `, without ${report.unchecked.join(', ')}` : ''
  const verdict = report.accepted ? colors.green(`accepted${without}`) : colors.red('rejected')
  return [
    table([['CHECK', 'RESULT', '', 'TIME', '', ''], ...report.results.map(row)]),
    '',
    ...tails,
    ...report.notes.map((note) => colors.dim(`note: ${harmless(note)}`)),
    ...votes,
    `${colors.bold('verdict:')} ${verdict}`,
  ].join('\n')
}
