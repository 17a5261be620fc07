/** Scripts about commands: agents, tasks, views, keys and rights. */
import { asked, refused, type Script, type Step, welcomed } from '../script.js'

const spawned: Step[] = [
  ...welcomed(),
  ...asked('spawn', 'agent.spawn', { definition: '<definition>', id: 'agent-<unique>' }, { id: '<something>' }),
]

export const workScripts: readonly Script[] = [
  {
    name: 'what is not there is not found',
    holds: 'Errors',
    steps: [
      ...welcomed(),
      ...refused('a', 'agent.ask', { to: 'nobody-<unique>', message: { type: 'x' } }, 'NOT_FOUND'),
      ...refused('t', 'task.result', { id: 'none-<unique>' }, 'NOT_FOUND'),
      ...refused('s', 'agent.spawn', { definition: 'no-such-definition-<unique>' }, 'UNKNOWN_DEFINITION'),
    ],
  },
  {
    name: 'a view has its lists, and a page that is not kept has ended',
    holds: 'The view',
    steps: [
      ...welcomed(),
      ...asked(
        'v',
        'view.get',
        {},
        {
          epoch: '<id>',
          offset: '<number>',
          agents: '<something>',
          tasks: '<something>',
          swarms: '<something>',
          ballots: '<something>',
        },
      ),
      ...refused('n', 'view.get', { next: 'no-such-page-<unique>' }, 'ENDED'),
    ],
  },
  {
    name: 'an agent is spawned, seen, paused, resumed and stopped; its id is not given again',
    holds: 'Commands',
    needs: ['definition'],
    steps: [
      ...spawned,
      ...refused('twice', 'agent.spawn', { definition: '<definition>', id: 'agent-<unique>' }, 'ID_TAKEN'),
      ...asked('see', 'view.get', { ids: ['agent-<unique>'] }, { agents: [{ id: '<something>', state: 'running' }] }),
      ...asked('pause', 'agent.pause', { id: 'agent-<unique>' }, { state: 'paused' }),
      ...asked('resume', 'agent.resume', { id: 'agent-<unique>' }, { state: 'running' }),
      ...asked('stop', 'agent.stop', { id: 'agent-<unique>' }, { state: 'stopped' }),
      ...refused('late', 'agent.pause', { id: 'agent-<unique>' }, 'ENDED'),
      ...refused('again', 'agent.spawn', { definition: '<definition>', id: 'agent-<unique>' }, 'ID_TAKEN'),
    ],
  },
  {
    name: 'a task is told of from its creation to its end, and its result is answered',
    holds: 'Scenarios',
    needs: ['definition'],
    steps: [
      ...spawned,
      ...asked('sub', 'subscribe', { patterns: ['task.task-<unique>.#'] }),
      ...asked('t', 'task.create', { id: 'task-<unique>', to: 'agent-<unique>', message: '<message>' }, { id: '<something>' }),
      { expect: { type: 'task.created', correlationId: 't', payload: { id: '<something>', title: '<something>' } } },
      { say: { id: 'r', type: 'task.result', payload: { id: 'task-<unique>' } } },
      { expect: { type: 'task.status', payload: { state: 'running', attempt: 1 } } },
      { expect: { type: 'task.status', payload: { state: 'completed' } } },
      { expect: { type: 'reply', correlationId: 'r', payload: { value: '<something>' } } },
      ...asked('stop', 'agent.stop', { id: 'agent-<unique>', force: true }),
    ],
  },
  {
    name: 'a task that is cancelled says so to who waits for it',
    holds: 'Commands',
    needs: ['definition'],
    steps: [
      ...spawned,
      ...asked('p', 'agent.pause', { id: 'agent-<unique>' }, { state: 'paused' }),
      ...asked('t', 'task.create', { id: 'task-<unique>', to: 'agent-<unique>', message: '<message>' }),
      { say: { id: 'r', type: 'task.result', payload: { id: 'task-<unique>' } } },
      { expect: { type: 'accepted', correlationId: 'r' } },
      ...asked('c', 'task.cancel', { id: 'task-<unique>', reason: 'part of a conformance script' }, { state: 'cancelled' }),
      { expect: { type: 'error', correlationId: 'r', payload: { code: 'CANCELLED', retry: false } } },
      ...asked('stop', 'agent.stop', { id: 'agent-<unique>', force: true }),
    ],
  },
  {
    name: 'a command under a key is carried out once',
    holds: 'Framing',
    needs: ['definition'],
    steps: [
      ...welcomed(),
      {
        say: {
          id: 'one',
          type: 'agent.spawn',
          key: 'key-<unique>',
          payload: { definition: '<definition>', id: 'agent-<unique>' },
        },
      },
      { expect: { type: 'reply', correlationId: 'one' } },
      {
        say: {
          id: 'two',
          type: 'agent.spawn',
          key: 'key-<unique>',
          payload: { definition: '<definition>', id: 'agent-<unique>' },
        },
      },
      { expect: { type: 'reply', correlationId: 'two' } },
      { say: { id: 'three', type: 'agent.stop', key: 'key-<unique>', payload: { id: 'agent-<unique>' } } },
      { expect: { type: 'error', correlationId: 'three', payload: { code: 'INVALID_MESSAGE' } } },
      ...asked('stop', 'agent.stop', { id: 'agent-<unique>', force: true }),
    ],
  },
  {
    name: 'a client works as an agent: what is delivered is answered once',
    holds: 'Agents of a client',
    steps: [
      ...welcomed(),
      ...asked('reg', 'external.register', { id: 'own-<unique>', hears: ['note'] }, { id: '<something>', state: 'running' }),
      { say: { id: 'q', type: 'agent.ask', payload: { to: 'own-<unique>', message: { type: 'note', n: 1 } } } },
      {
        expect: {
          type: 'deliver',
          payload: { agent: '<something>', delivery: '<save delivery>', message: { type: 'note', n: 1 } },
        },
      },
      ...asked('done', 'external.done', { id: 'own-<unique>', delivery: '<delivery>', value: 42 }),
      { expect: { type: 'reply', correlationId: 'q', payload: { value: 42 } } },
      ...refused('late', 'external.done', { id: 'own-<unique>', delivery: '<delivery>', value: 43 }, 'ENDED'),
      ...asked('un', 'external.unregister', { id: 'own-<unique>' }),
      { expect: { type: 'dismissed', payload: { agent: '<something>' } } },
    ],
  },
  {
    name: 'a token that may only read acts on nothing',
    holds: 'The token',
    needs: ['secret'],
    steps: [
      { open: true },
      { say: { id: 'h', type: 'hello', payload: { token: '<reader>' } } },
      { expect: { type: 'welcome', payload: { permissions: ['read'] } } },
      ...asked('v', 'view.get', { limit: 1 }),
      ...refused('p', 'channel.publish', { topic: 'conformance.<unique>', body: 1 }, 'FORBIDDEN'),
      ...refused('s', 'subscribe', { patterns: ['system.#'] }, 'FORBIDDEN'),
      ...refused('k', 'agent.kill', { id: 'anybody' }, 'FORBIDDEN'),
    ],
  },
]
