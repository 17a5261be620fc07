/** What a task fails with when its time is over. */
import { TroupeError } from '../../src/errors.js'
import type { AnyTask } from './plan.js'

export const attemptOver = (timeout: number | undefined): TroupeError =>
  new TroupeError('TIMEOUT', `The task ran longer than the ${timeout} ms that one attempt may take.`)

export const deadlineOver = ({ deadline }: AnyTask): TroupeError => {
  const limit = deadline === undefined ? 'the deadline of what it is a part of' : `its deadline of ${deadline} ms`
  return new TroupeError('TIMEOUT', `The task was not over by ${limit}.`)
}
