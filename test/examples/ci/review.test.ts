import { createSystem } from 'troupe'
import { describe, expect, it } from 'vitest'
import { correctness, flakiness, hygiene } from '../../../examples/ci/review.js'

interface Result {
  id: string
  required: boolean
  status: 'passed' | 'failed' | 'cancelled' | 'skipped'
  attempts: number
  findings: string[]
}

const check = (id: string, more: Partial<Result> = {}): Result => ({
  ...{ id, required: true, status: 'passed', attempts: 1, findings: [], ...more },
})
const advice = (id: string, more: Partial<Result> = {}) => check(id, { required: false, ...more })

const think = async (reviewer: typeof correctness, ...results: Result[]) => {
  await using system = createSystem()
  return await system.spawn(reviewer).ask({ type: 'review', results })
}

describe('the reviewer of', () => {
  it('correctness accepts when every required check passed, whatever the advice', async () => {
    expect(await think(correctness, check('lint'), advice('audit', { status: 'failed' }))).toMatchObject({ vote: 'accept' })
    for (const status of ['failed', 'cancelled', 'skipped'] as const)
      expect(await think(correctness, check('lint'), check('test', { status }))).toEqual({
        ...{ vote: 'reject', reason: 'not passed: test' },
      })
  })

  it('hygiene goes by the advice, and abstains when all of it was skipped', async () => {
    const failed = check('test', { status: 'failed' })
    expect(await think(hygiene, failed, advice('large'), advice('audit', { status: 'skipped' }))).toMatchObject({
      vote: 'accept',
    })
    expect(await think(hygiene, advice('secrets', { findings: ['one'] }))).toMatchObject({ vote: 'reject' })
    expect(await think(hygiene, failed, advice('audit', { status: 'skipped' }))).toMatchObject({ vote: 'abstain' })
  })

  it('flakiness forgives one check that passed only when tried again, and no second', async () => {
    const flaky = (id: string) => check(id, { attempts: 2 })
    expect(await think(flakiness, flaky('test'), check('lint', { attempts: 2, status: 'failed' }))).toMatchObject({
      vote: 'accept',
    })
    expect(await think(flakiness, flaky('test'), flaky('lint'))).toMatchObject({ vote: 'reject' })
  })
})
