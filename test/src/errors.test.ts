import { describe, expect, it } from 'vitest'
import { codes, describeThrown, fromFailure, TroupeError, toTroupeError } from '../../src/errors.js'

describe('an error', () => {
  it('says what its code means when nothing more is known, and carries what is', () => {
    expect(new TroupeError('NOT_FOUND').message).toBe(codes.NOT_FOUND.says)
    const cause = new Error('disk')
    const error = new TroupeError('FAILED', 'It failed.', { cause, details: { attempt: 2 } })
    expect(error).toBeInstanceOf(Error)
    expect([error.name, error.code, error.cause, error.details, error.retry]).toEqual([
      'TroupeError',
      'FAILED',
      cause,
      { attempt: 2 },
      true,
    ])
    expect('cause' in new TroupeError('FAILED')).toBe(false)
  })

  it('lets nothing internal leave the process', () => {
    const error = new TroupeError('INTERNAL', 'password is hunter2', { details: { path: '/etc' } })
    expect(JSON.parse(JSON.stringify(error))).toEqual({ code: 'INTERNAL', message: codes.INTERNAL.says, retry: true })
  })

  it('is the same again on the other side', () => {
    const error = new TroupeError('RATE_LIMITED', 'Wait a little.', { details: { retryAfter: 500 } })
    const again = fromFailure(JSON.parse(JSON.stringify(error)))
    expect([again.code, again.message, again.details]).toEqual(['RATE_LIMITED', 'Wait a little.', { retryAfter: 500 }])
  })

  it('keeps the text of a code that this side does not know, even one that every object has', () => {
    for (const code of ['FROM_THE_FUTURE', 'toString', '__proto__'])
      expect(fromFailure({ code, message: 'Something new.' })).toMatchObject({ code: 'INTERNAL', message: 'Something new.' })
  })

  it('is made of whatever was thrown, and one of ours stays itself', () => {
    const ours = new TroupeError('TIMEOUT')
    expect(toTroupeError(ours, 'FAILED')).toBe(ours)
    const foreign = new TypeError('no such field')
    expect(toTroupeError(foreign, 'CRASHED')).toMatchObject({ code: 'CRASHED', message: 'no such field', cause: foreign })
    expect(toTroupeError('a word')).toMatchObject({ code: 'INTERNAL', message: 'a word' })
  })

  it('has a text for anything that can be thrown', () => {
    const hostile = {
      toString() {
        throw new Error('no')
      },
    }
    expect([undefined, null, 5, Symbol('s'), new RangeError()].map(describeThrown)).toEqual([
      'undefined',
      'null',
      '5',
      'Symbol(s)',
      'RangeError',
    ])
    for (const odd of [hostile, Object.create(null)]) expect(describeThrown(odd)).toMatch(/cannot be turned into text/)
  })
})

describe('the table of codes', () => {
  it('says each in one sentence, and closes only with codes that a server may use', () => {
    for (const [code, line] of Object.entries(codes)) {
      expect(line.says, code).toMatch(/^[A-Z][^.]*\.$/)
      if ('close' in line) expect([1002, 1008, 1009, 1012, 1013].includes(line.close) || line.close >= 4_000, code).toBe(true)
    }
  })
})
