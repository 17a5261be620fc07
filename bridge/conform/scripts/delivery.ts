/** Scripts about events that have to be acknowledged; `acked`: the topics below it are delivered at least once. */
import { asked, type Script, type Step, welcomed } from '../script.js'

const topic = '<acked>.<unique>'

const begun = (on: string): Step[] => [
  { on, open: true },
  { on, say: { id: 'h', type: 'hello', payload: { token: '<token>', acks: true } } },
  {
    on,
    expect: { type: 'welcome', payload: { session: '<save session>', cursor: '<save cursor>', limits: { unacked: '<number>' } } },
  },
  ...asked('s', 'subscribe', { patterns: [topic] }, {}, on),
]

const published = (id: string, body: string): Step[] => [
  { say: { id, type: 'channel.publish', key: `${id}-<unique>`, payload: { topic, body } } },
  { expect: { type: 'reply', correlationId: id } },
]

const resumed = (more: object = {}): Step[] => [
  { on: 'c', open: true },
  {
    on: 'c',
    say: {
      ...{ id: 'h', type: 'hello' },
      payload: { token: '<token>', acks: true, resume: { session: '<session>', cursor: '<cursor>', ...more } },
    },
  },
  { on: 'c', expect: { type: 'welcome', payload: { resumed: true } } },
]

export const deliveryScripts: readonly Script[] = [
  {
    name: 'what was not acknowledged is sent again to a session that goes on, before what is new',
    holds: 'Acknowledging',
    needs: ['acked'],
    steps: [
      ...begun('a'),
      ...published('p1', 'one'),
      ...published('p2', 'two'),
      { expect: { type: 'message', channel: '<something>', offset: '<save first>', payload: { body: 'one' } } },
      { expect: { type: 'message', channel: '<something>', offset: '<number>', payload: { body: 'two' } } },
      { say: { id: 'ack', type: 'ack', payload: { offsets: ['<first>'] } } },
      ...asked('v', 'view.get', { limit: 1 }),
      { drop: true },
      ...resumed(),
      { on: 'c', expect: { type: 'message', redelivered: 1, payload: { body: 'two' } } },
      ...asked('w', 'view.get', { limit: 1 }, {}, 'c'),
      { on: 'c', came: { type: 'message', payload: { body: 'one' } }, times: 0 },
    ],
  },
  {
    name: 'acks that were on their way when the connection broke are taken with the hello',
    holds: 'Acknowledging',
    needs: ['acked'],
    steps: [
      ...begun('a'),
      ...published('p1', 'one'),
      { expect: { type: 'message', channel: '<something>', offset: '<save first>', payload: { body: 'one' } } },
      { drop: true },
      ...resumed({ acked: ['<first>'] }),
      ...asked('w', 'view.get', { limit: 1 }, {}, 'c'),
      { on: 'c', came: { type: 'message' }, times: 0 },
    ],
  },
  {
    name: 'what is published again under its key is heard once',
    holds: 'What is promised about delivery',
    needs: ['acked'],
    steps: [
      ...begun('a'),
      ...published('p1', 'one'),
      { say: { id: 'p2', type: 'channel.publish', key: 'p1-<unique>', payload: { topic, body: 'one' } } },
      { expect: { type: 'reply', correlationId: 'p2', payload: { topic: '<something>', seq: 1 } } },
      { came: { type: 'message', payload: { body: 'one' } }, times: 1 },
    ],
  },
  {
    name: 'a client that does not say that it acknowledges is not asked to',
    holds: 'Acknowledging',
    needs: ['acked'],
    steps: [
      ...welcomed(),
      ...asked('s', 'subscribe', { patterns: [topic] }),
      ...published('p1', 'one'),
      { expect: { type: 'message', payload: { body: 'one' } } },
      { came: { type: 'message', redelivered: '<number>' }, times: 0 },
    ],
  },
]
