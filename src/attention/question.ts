/** A question to a person, on behalf of an agent. */
import { TroupeError } from '../errors.js'
import { needDuration } from '../given.js'
import type { QuestionOptions } from '../options.js'
import type { Attention } from './attention.js'

/** `matter` tells the questions of one agent apart. */
export const askPerson = (
  attention: Attention,
  agent: string,
  matter: string,
  text: string,
  { choices, within, fallback, priority = 'high' }: QuestionOptions,
): { readonly answer: Promise<string>; cancel(): void } => {
  needDuration('The time within which a question is answered', within, 'INVALID_MESSAGE')
  const answer = new Promise<string>((resolve, reject) => {
    const answered = (given: string | undefined) => {
      const said = given ?? fallback
      if (said === undefined) reject(new TroupeError('TIMEOUT', `Nobody answered ${JSON.stringify(text.slice(0, 200))} in time.`))
      else resolve(said)
    }
    attention.raise({ kind: 'question', subject: agent, matter, title: text, choices, within, waits: true, priority, answered })
  })
  answer.catch(() => {})
  return { answer, cancel: () => attention.settle('question', agent, matter) }
}
