/** The reviewers: each looks at the results with one question, and votes. */
import { agent } from 'troupe/actors'
import { z } from 'zod'

const result = z.object({
  id: z.string(),
  required: z.boolean(),
  status: z.enum(['passed', 'failed', 'cancelled', 'skipped']),
  attempts: z.number(),
  findings: z.array(z.string()),
})
type Result = z.infer<typeof result>

interface Thought {
  readonly vote: 'accept' | 'reject' | 'abstain'
  readonly reason: string
}

const list = (results: readonly Result[]) => results.map(({ id }) => id).join(', ')

/** Makes a reviewer from what it thinks of the results. */
const reviewer = (name: string, think: (results: readonly Result[]) => Thought) =>
  agent(name, {
    hears: { review: { results: z.array(result) } },
    says: { reviewed: { vote: z.string(), reason: z.string() } },
    state: (): { thought: Thought } => ({ thought: { vote: 'abstain', reason: 'it was shown no results' } }),
    on: {
      review({ results }, { state, say }): Thought {
        state.thought = think(results)
        say({ type: 'reviewed', ...state.thought })
        return state.thought
      },
      ballot(_, { state, vote }) {
        const { vote: choice, reason } = state.thought
        vote(choice === 'abstain' ? undefined : choice, { reason })
      },
    },
  })

/** Whether everything that is required passed. */
export const correctness = reviewer('correctness', (results) => {
  const wrong = results.filter(({ required, status }) => required && status !== 'passed')
  return wrong.length === 0
    ? { vote: 'accept', reason: 'every required check passed' }
    : { vote: 'reject', reason: `not passed: ${list(wrong)}` }
})

/** Whether what was looked at beside the checks is in order. */
export const hygiene = reviewer('hygiene', (results) => {
  const looked = results.filter(({ required, status }) => !required && status !== 'skipped')
  const bad = looked.filter(({ status, findings }) => status !== 'passed' || findings.length > 0)
  if (looked.length === 0) return { vote: 'abstain', reason: 'nothing was looked at' }
  return bad.length === 0
    ? { vote: 'accept', reason: `in order: ${list(looked)}` }
    : { vote: 'reject', reason: `not in order: ${list(bad)}` }
})

/** Whether what passed did so at once. */
export const flakiness = reviewer('flakiness', (results) => {
  const flaky = results.filter(({ required, status, attempts }) => required && status === 'passed' && attempts > 1)
  const said = flaky.length === 0 ? 'nothing had to be tried again' : `passed only when tried again: ${list(flaky)}`
  return { vote: flaky.length > 1 ? 'reject' : 'accept', reason: said }
})
