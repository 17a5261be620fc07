/** Long views, page by page, for a client whose answers may get lost. */
import { describe, expect, it } from 'vitest'
import { Pages } from '../../bridge/pages.js'
import { createManualClock } from '../../src/clock.js'
import { createSeededIds } from '../../src/ids.js'
import { createView, type ViewData, viewToData } from '../../src/protocol/view.js'

const setUp = () => {
  const clock = createManualClock()
  const pages = new Pages(
    clock,
    createSeededIds(1, () => clock.now()),
  )
  const session = (id: string) => ({ id, client: id, state: 'connected', dialect: 'native', since: 0 }) as const
  const data: ViewData = { ...viewToData(createView('e', 0)), clients: ['a', 'b', 'c', 'd', 'e'].map(session) }
  const idsOf = (page: ViewData) => page.clients.map(({ id }) => id).join('')
  const code = (next: string | undefined) => {
    try {
      return idsOf(pages.next(next ?? '', 2, 'ann'))
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  return { clock, pages, data, idsOf, code, first: pages.first(data, 2, 'ann') }
}

describe('a page', () => {
  it('whose answer was lost is given again, until the one after it is asked for', () => {
    const { pages, idsOf, code, first } = setUp()
    expect(idsOf(first)).toBe('ab')
    const second = pages.next(first.next ?? '', 2, 'ann')
    expect(pages.next(first.next ?? '', 2, 'ann')).toEqual(second)
    expect(idsOf(second)).toBe('cd')
    expect(code(second.next)).toBe('e')
    expect(code(second.next)).toBe('e')
    expect(code(first.next)).toBe('ENDED')
  })

  it('that is asked for again in another size is made anew, and what came of the other is no longer kept', () => {
    const { pages, idsOf, code, first } = setUp()
    const second = pages.next(first.next ?? '', 2, 'ann')
    const smaller = pages.next(first.next ?? '', 1, 'ann')
    expect(idsOf(smaller)).toBe('c')
    expect(code(second.next)).toBe('ENDED')
    expect(code(smaller.next)).toBe('de')
    expect(pages.size).toBe(1)
  })

  it('is kept for a minute, and nothing is left of it then', async () => {
    const { clock, pages, code, first } = setUp()
    await clock.advance(59_999)
    const { next } = pages.next(first.next ?? '', 2, 'ann')
    await clock.advance(1)
    expect(code(first.next)).toBe('ENDED')
    expect(code(next)).toBe('e')
    await clock.advance(60_000)
    expect(pages.size).toBe(0)
  })

  it('is kept of the last hundred views that were begun, each with the page before', () => {
    const { pages, data, first, code } = setUp()
    for (let begun = 0; begun < 100; begun++) pages.next(pages.first(data, 2, 'ann').next ?? '', 2, 'ann')
    expect(code(first.next)).toBe('ENDED')
    expect(pages.size).toBe(200)
  })

  it('is not forgotten for another client who begins very many', () => {
    const { pages, data, code, first } = setUp()
    for (let begun = 0; begun < 1_000; begun++) pages.first(data, 2, 'eve')
    expect(code(first.next)).toBe('cd')
    expect(pages.size).toBe(200)
  })
})
