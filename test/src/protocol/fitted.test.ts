import { expect, it } from 'vitest'
import { z } from 'zod'
import { fitted } from '../../../src/protocol/fitted.js'

it.each([
  ['a length that is no number', '{"length":{"toString":null}}'],
  ['one deep within', '{"x":[{"length":{"valueOf":1,"toString":[]}}]}'],
  ['what is only something else', '7'],
])('what does not fit is that, and nothing is thrown: %s', (_, text) => {
  const schema = z.union([z.string().max(3), z.object({ x: z.array(z.string().min(1)) })])
  expect(fitted(schema, JSON.parse(text))).toMatchObject({ success: false, error: { issues: [{ message: expect.any(String) }] } })
})

it('what fits is what its schema makes of it', () => {
  expect(fitted(z.object({ a: z.string().toUpperCase() }), { a: 'x', b: 1 })).toEqual({ success: true, data: { a: 'X' } })
})
