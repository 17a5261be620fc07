/** Scripts about events: who hears what, how often, in which order, and what is sent again. */
import { asked, refused, type Script, type Step, welcomed } from '../script.js'

const publish = (id: string, body: unknown, on = 'a', more: object = {}): Step[] =>
  asked(id, 'channel.publish', { topic: 'conformance.<unique>', body, ...more }, { topic: '<something>', seq: '<number>' }, on)
const heard = (body: unknown, on = 'a'): Step => ({ on, expect: { type: 'message', payload: { body } } })

export const eventScripts: readonly Script[] = [
  {
    name: 'what is published is heard by who subscribed, with its numbers',
    holds: 'Numbers',
    steps: [
      ...welcomed(),
      ...asked(
        's',
        'subscribe',
        { patterns: ['conformance.<unique>'] },
        { patterns: '<something>', cursor: { epoch: '<id>', offset: '<number>' } },
      ),
      ...publish('p1', 'one'),
      {
        expect: {
          ...{
            id: '<id>',
            type: 'message',
            timestamp: '<number>',
            source: '<something>',
            channel: '<something>',
            seq: '<number>',
            epoch: '<id>',
          },
          ...{ correlationId: 'p1', priority: 'normal', payload: { from: '<something>', body: 'one' } },
        },
      },
      ...publish('p2', 'two'),
      heard('two'),
    ],
  },
  {
    name: 'what several patterns cover comes once, and what none covers not at all',
    holds: 'From the client',
    steps: [
      ...welcomed(),
      ...asked('s', 'subscribe', { patterns: ['conformance.#', 'conformance.<unique>', '*.<unique>'] }),
      ...publish('p', 'once'),
      heard('once'),
      ...asked('u', 'unsubscribe', { patterns: ['conformance.#', 'conformance.<unique>', '*.<unique>'] }),
      ...publish('q', 'never'),
      ...asked('v', 'view.get', { limit: 1 }),
      { came: { type: 'message', payload: { body: 'once' } }, times: 1 },
      { came: { type: 'message', payload: { body: 'never' } }, times: 0 },
    ],
  },
  {
    name: 'a list of patterns is taken as a whole or not at all',
    holds: 'From the client',
    steps: [
      ...welcomed(),
      ...refused('s', 'subscribe', { patterns: ['conformance.<unique>', 'not a pattern'] }, 'INVALID_MESSAGE'),
      ...publish('p', 'unheard'),
      ...asked('v', 'view.get', { limit: 1 }),
      { came: { type: 'message' }, times: 0 },
    ],
  },
  {
    name: 'a mark counts what was sent in the connection',
    holds: 'Numbers',
    steps: [
      ...welcomed(),
      ...asked('s', 'subscribe', { patterns: ['conformance.<unique>'] }),
      ...publish('p1', 1),
      ...publish('p2', 2),
      heard(1),
      heard(2),
      { expect: { type: 'mark', payload: { dseq: 2, cursor: { epoch: '<id>', offset: '<number>' } } } },
    ],
  },
  {
    name: 'a session that is resumed is sent what it missed, in order and once',
    holds: 'Numbers',
    steps: [
      { open: true },
      { say: { id: 'h', type: 'hello', payload: { token: '<token>' } } },
      { expect: { type: 'welcome', payload: { session: '<save session>', cursor: '<save cursor>' } } },
      ...asked('s', 'subscribe', { patterns: ['conformance.<unique>'] }),
      { drop: true },
      ...welcomed('b'),
      ...publish('p1', 'missed 1', 'b'),
      ...publish('p2', 'missed 2', 'b'),
      { on: 'c', open: true },
      {
        on: 'c',
        say: { id: 'h', type: 'hello', payload: { token: '<token>', resume: { session: '<session>', cursor: '<cursor>' } } },
      },
      { on: 'c', expect: { type: 'welcome', payload: { resumed: true, session: '<session>' } } },
      { on: 'c', expect: { type: 'message', payload: { body: 'missed 1' } } },
      { on: 'c', expect: { type: 'message', payload: { body: 'missed 2' } } },
      ...publish('p3', 'live', 'b'),
      { on: 'c', expect: { type: 'message', payload: { body: 'live' } } },
      { on: 'c', came: { type: 'message' }, times: 3 },
    ],
  },
  {
    name: 'the newer of two connections has the session, and the older one is told',
    holds: 'Errors',
    steps: [
      { open: true },
      { say: { id: 'h', type: 'hello', payload: { token: '<token>' } } },
      { expect: { type: 'welcome', payload: { session: '<save session>', cursor: '<save cursor>' } } },
      { on: 'b', open: true },
      {
        on: 'b',
        say: { id: 'h', type: 'hello', payload: { token: '<token>', resume: { session: '<session>', cursor: '<cursor>' } } },
      },
      { on: 'b', expect: { type: 'welcome', payload: { resumed: true } } },
      { expect: { type: 'error', payload: { code: 'SUPERSEDED' } } },
      { closed: 4409 },
    ],
  },
  {
    name: 'a filter lets through what fits all that it names',
    holds: 'Filters',
    steps: [
      ...welcomed(),
      ...asked('s', 'subscribe', { patterns: ['conformance.<unique>'], filter: { minPriority: 'high', events: ['message'] } }),
      ...publish('p1', 'low'),
      ...publish('p2', 'urgent', 'a', { priority: 'critical' }),
      heard('urgent'),
      ...asked('v', 'view.get', { limit: 1 }),
      { came: { type: 'message' }, times: 1 },
      ...refused('f', 'subscribe', { patterns: ['conformance.#'], filter: { minPriority: 'urgent' } }, 'INVALID_MESSAGE'),
    ],
  },
  {
    name: 'a client hears what is said to it alone, without subscribing',
    holds: 'Clients among themselves',
    steps: [
      { open: true },
      { say: { id: 'h', type: 'hello', payload: { token: '<token>' } } },
      { expect: { type: 'welcome', payload: { address: '<save address>' } } },
      ...asked('d', 'client.send', { to: '<address>', message: { type: 'note', run: '<unique>' } }, { id: '<address>' }),
      { expect: { type: 'client.message', payload: { id: '<address>', message: { type: 'note', run: '<unique>' } } } },
      ...refused('n', 'client.send', { to: 'nobody-<unique>', message: { type: 'note' } }, 'NOT_FOUND'),
    ],
  },
]
