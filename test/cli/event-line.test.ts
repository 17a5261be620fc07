import { describe, expect, it } from 'vitest'
import { eventLine } from '../../bridge/cli/event-line.js'
import type { Envelope } from '../../src/protocol/envelope.js'
import type { Event } from '../../src/protocol/event.js'

const line = (event: Event) => {
  const envelope: Envelope = {
    ...{ id: '1', topic: 'team.blue', seq: 1, epoch: 'e', offset: 1, timestamp: 0, source: 'x', priority: 'normal' },
    event,
  }
  // Colours are ours, and off where there is no terminal.
  return eventLine(envelope)
}
const hostile = 'a\u001b]0;evil\u0007\u001b[2Jb\u009b1Ac\nd'

describe('the line of an event', () => {
  it.each<[string, Event]>([
    ['a message', { type: 'message', from: hostile, body: hostile }],
    ['a value in a message', { type: 'message', from: 'x', body: { text: hostile } }],
    ['an activity', { type: 'agent.activity', id: 'ada', activity: hostile }],
    ['output', { type: 'agent.output', id: 'ada', stream: 'stdout', data: hostile, sequence: 1, order: 1 }],
  ])('lets nothing of %s reach the terminal that would move its cursor or change its title', (_, event) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    expect(line(event).replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
    expect(line(event)).toContain('evil')
  })

  it('stands on one line, but for output', () => {
    expect(line({ type: 'message', from: 'x', body: 'one\ntwo' })).not.toContain('\n')
  })
})
