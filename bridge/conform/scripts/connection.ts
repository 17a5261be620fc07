/** Scripts about the connection: who is let in, how frames are written, how it ends. */
import { asked, refused, type Script, welcomed } from '../script.js'

const deep = `{"id":"deep","type":"ping","payload":${'{"a":'.repeat(80)}1${'}'.repeat(80)}}`

export const connectionScripts: readonly Script[] = [
  {
    name: 'hello is answered with welcome',
    holds: 'Connecting',
    steps: [
      { open: true },
      { say: { id: 'h', type: 'hello', payload: { token: '<token>', client: 'conformance' } } },
      {
        expect: {
          ...{ id: '<id>', type: 'welcome', correlationId: 'h' },
          payload: {
            ...{
              session: '<id>',
              client: '<something>',
              address: '<id>',
              cursor: { epoch: '<id>', offset: '<number>' },
              resumed: false,
            },
            ...{ permissions: '<something>', heartbeat: '<number>' },
            limits: { frame: '<number>', subscriptions: '<number>', outbox: '<number>' },
          },
        },
      },
    ],
  },
  {
    name: 'whatever is said before the welcome costs the connection',
    holds: 'Connecting',
    steps: [
      { open: true },
      { say: { id: 'early', type: 'view.get' } },
      {
        expect: {
          type: 'error',
          correlationId: 'early',
          payload: { code: 'AUTH_REQUIRED', message: '<something>', retry: false },
        },
      },
      { closed: 4401 },
    ],
  },
  {
    name: 'a token that is none is not accepted',
    holds: 'The token',
    needs: ['token'],
    steps: [
      { open: true },
      { say: { id: 'h', type: 'hello', payload: { token: 'no.such.token' } } },
      { expect: { type: 'error', correlationId: 'h', payload: { code: 'AUTH_FAILED' } } },
      { closed: 4401 },
    ],
  },
  {
    name: 'a second hello is refused, and the connection lives',
    holds: 'Connecting',
    steps: [
      ...welcomed(),
      ...refused('again', 'hello', { token: '<token>' }, 'INVALID_MESSAGE'),
      ...asked('v', 'view.get', { limit: 1 }),
    ],
  },
  {
    name: 'close ends the connection with 1000, and the session with it',
    holds: 'From the client',
    steps: [
      { open: true },
      { say: { id: 'h', type: 'hello', payload: { token: '<token>' } } },
      { expect: { type: 'welcome', payload: { session: '<save session>', cursor: '<save cursor>' } } },
      { say: { id: 'bye', type: 'close' } },
      { closed: 1000 },
      { on: 'b', open: true },
      {
        on: 'b',
        say: { id: 'h', type: 'hello', payload: { token: '<token>', resume: { session: '<session>', cursor: '<cursor>' } } },
      },
      { on: 'b', expect: { type: 'welcome', payload: { resumed: false } } },
    ],
  },
  {
    name: 'ping is answered with pong, and pong is not answered',
    holds: 'From the client',
    steps: [
      ...welcomed(),
      { say: { id: 'po', type: 'pong' } },
      { say: { id: 'p', type: 'ping' } },
      { expect: { type: 'pong', correlationId: 'p' } },
      { came: { correlationId: 'po' }, times: 0 },
    ],
  },
  {
    name: 'what is no JSON is refused, and the connection lives',
    holds: 'Framing',
    only: 'json',
    steps: [
      ...welcomed(),
      { text: '{"id":"x","type":' },
      { expect: { type: 'error', payload: { code: 'BAD_FRAME', retry: false } } },
      { text: '[1,2]' },
      { expect: { type: 'error', payload: { code: 'BAD_FRAME' } } },
      { text: '{"id":"p","type":"ping","payload":{"__proto__":1}}' },
      { expect: { type: 'error', payload: { code: 'BAD_FRAME' } } },
      { text: deep },
      { expect: { type: 'error', payload: { code: 'BAD_FRAME' } } },
      { say: { id: 'alive', type: 'ping' } },
      { expect: { type: 'pong', correlationId: 'alive' } },
    ],
  },
  {
    name: 'frames without an id, and of no known type, are refused with their id',
    holds: 'Framing',
    steps: [
      ...welcomed(),
      { say: { type: 'ping' } },
      { expect: { type: 'error', payload: { code: 'INVALID_MESSAGE' } } },
      ...refused('u', 'no.such.command', {}, 'INVALID_MESSAGE'),
      ...refused('w', 'agent.ask', { to: 7 }, 'INVALID_MESSAGE'),
    ],
  },
  {
    name: 'fields that are not known are ignored',
    holds: 'The native protocol',
    steps: [
      ...welcomed(),
      { say: { id: 'p', type: 'ping', surprise: true, payload: { more: 1 } } },
      { expect: { type: 'pong', correlationId: 'p' } },
    ],
  },
  {
    name: 'a message above the limit is refused, and the connection lives',
    holds: 'Limits',
    steps: [
      ...welcomed(),
      { oversize: 1 },
      { expect: { type: 'error', payload: { code: 'MESSAGE_TOO_LARGE' } } },
      { say: { id: 'alive', type: 'ping' } },
      { expect: { type: 'pong', correlationId: 'alive' } },
    ],
  },
  {
    name: 'the frames of a batch are answered one by one',
    holds: 'From the client',
    steps: [
      ...welcomed(),
      {
        say: {
          ...{ id: 'b', type: 'batch' },
          payload: {
            frames: [
              { id: 'b1', type: 'view.get', payload: { limit: 1 } },
              { id: 'b2', type: 'no.such' },
              { id: 'b3', type: 'close' },
              { id: 'b4', type: 'ping' },
            ],
          },
        },
      },
      { expect: { type: 'reply', correlationId: 'b', payload: { frames: 4 } } },
      { expect: { type: 'reply', correlationId: 'b1' } },
      { expect: { type: 'error', correlationId: 'b2' } },
      { expect: { type: 'error', correlationId: 'b3', payload: { code: 'INVALID_MESSAGE' } } },
      { expect: { type: 'pong', correlationId: 'b4' } },
    ],
  },
]
