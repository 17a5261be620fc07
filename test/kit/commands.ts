/** A command of each type, and what each needs. */
import { Revocations } from '../../bridge/access/revocations.js'
import { Entrance } from '../../bridge/entrance.js'
import { Externals } from '../../bridge/externals.js'
import { settledSignatures } from '../../bridge/keys/options.js'
import { Signatures } from '../../bridge/keys/signatures.js'
import { Pages } from '../../bridge/pages.js'
import type { Permission } from '../../bridge/principal.js'
import { Traffic } from '../../bridge/traffic.js'
import type { Command, CommandType } from '../../src/protocol/command.js'
import type { System } from '../../src/system/system.js'
import { stillness } from './monitor.js'

/** What carrying out a command needs beside who gave it. */
export const edges = (system: System) => ({
  pages: new Pages(system.clock, system.ids),
  externals: new Externals(system, 30_000),
  revocations: new Revocations(system.clock, system.journal.records),
  monitor: { read: async () => ({ metrics: stillness, traffic: new Traffic(system.clock).facts() }) },
  home: { tell: () => {} },
  signatures: new Signatures(system.clock, system.journal.records, settledSignatures()),
  entrance: new Entrance(),
})

/** One command of each type that is well formed. */
export const samples: { readonly [T in CommandType]: Extract<Command, { type: T }> } = {
  'agent.spawn': { type: 'agent.spawn', definition: 'greeter', id: 'new' },
  'agent.send': { type: 'agent.send', to: 'ada', message: { type: 'greet', name: 'x' } },
  'agent.ask': { type: 'agent.ask', to: 'ada', message: { type: 'greet', name: 'x' } },
  'agent.pause': { type: 'agent.pause', id: 'ada' },
  'agent.freeze': { type: 'agent.freeze', id: 'ada' },
  'agent.steer': { type: 'agent.steer', to: 'ada', message: { type: 'greet', name: 'x' } },
  'agent.terminate': { type: 'agent.terminate', id: 'ada' },
  'agent.kill': { type: 'agent.kill', id: 'ada' },
  'agent.resume': { type: 'agent.resume', id: 'ada' },
  'agent.restart': { type: 'agent.restart', id: 'ada' },
  'agent.stop': { type: 'agent.stop', id: 'ada' },
  'task.create': { type: 'task.create', to: 'ada', message: { type: 'greet', name: 'x' } },
  'task.approval': { type: 'task.approval', question: 'Publish?' },
  'task.graph': { type: 'task.graph', tasks: { one: { to: 'ada', message: { type: 'greet', name: 'x' } } } },
  'task.approve': { type: 'task.approve', id: 't1' },
  'task.reject': { type: 'task.reject', id: 't1' },
  'task.update': { type: 'task.update', id: 't1', title: 'new' },
  'task.forget': { type: 'task.forget', id: 't1' },
  'task.cancel': { type: 'task.cancel', id: 't1' },
  'task.pause': { type: 'task.pause', id: 't1' },
  'task.resume': { type: 'task.resume', id: 't1' },
  'task.result': { type: 'task.result', id: 't1' },
  'swarm.create': { type: 'swarm.create', goal: 'ship it' },
  'swarm.join': { type: 'swarm.join', id: 's1', agent: 'ada' },
  'swarm.leave': { type: 'swarm.leave', id: 's1', agent: 'ada' },
  'swarm.send': { type: 'swarm.send', id: 's1', from: 'ada', to: 'ada', message: { type: 'greet', name: 'x' } },
  'swarm.update': { type: 'swarm.update', id: 's1', name: 'crew' },
  'swarm.rewire': { type: 'swarm.rewire', id: 's1', topology: 'mesh' },
  'swarm.hand-over': { type: 'swarm.hand-over', id: 's1', task: 't1', reason: 'why not' },
  'swarm.pause': { type: 'swarm.pause', id: 's1' },
  'swarm.resume': { type: 'swarm.resume', id: 's1' },
  'swarm.dissolve': { type: 'swarm.dissolve', id: 's1' },
  'swarm.result': { type: 'swarm.result', id: 's1' },
  'ballot.propose': { type: 'ballot.propose', question: 'Well?', choices: ['yes', 'no'], voters: ['ann'] },
  'ballot.vote': { type: 'ballot.vote', id: 'b1', voter: 'ann' },
  'ballot.cancel': { type: 'ballot.cancel', id: 'b1' },
  'ballot.result': { type: 'ballot.result', id: 'b1' },
  'schedule.create': { type: 'schedule.create', to: 'ada', message: { type: 'greet', name: 'x' }, when: { after: 1_000 } },
  'schedule.cancel': { type: 'schedule.cancel', id: 'x' },
  'external.register': { type: 'external.register', id: 'x1', hears: ['greet'] },
  'external.unregister': { type: 'external.unregister', id: 'x1' },
  'external.done': { type: 'external.done', id: 'x1', delivery: 'd', value: 1 },
  'external.fail': { type: 'external.fail', id: 'x1', delivery: 'd', message: 'no' },
  'external.progress': { type: 'external.progress', id: 'x1', delivery: 'd', percent: 1 },
  'external.output': { type: 'external.output', id: 'x1', delivery: 'd', data: 'x' },
  'external.say': { type: 'external.say', id: 'x1', message: { type: 'hi' } },
  'external.activity': { type: 'external.activity', id: 'x1', activity: 'thinking' },
  'external.heartbeat': { type: 'external.heartbeat', id: 'x1' },
  'attention.list': { type: 'attention.list' },
  'attention.ack': { type: 'attention.ack', id: 'i1' },
  'attention.snooze': { type: 'attention.snooze', id: 'i1', for: 1 },
  'attention.resolve': { type: 'attention.resolve', id: 'i1' },
  'dead-letter.list': { type: 'dead-letter.list' },
  'dead-letter.replay': { type: 'dead-letter.replay', id: 'd1' },
  'channel.publish': { type: 'channel.publish', topic: 'team.blue', body: 1 },
  'client.send': { type: 'client.send', to: 'bob', message: { type: 'hi' } },
  'view.get': { type: 'view.get' },
  'metrics.get': { type: 'metrics.get' },
  'system.notify': { type: 'system.notify', text: 'soon' },
  'token.revoke': { type: 'token.revoke', jti: 'j1' },
}

/** Permissions that do as well, for the samples. */
export const doesAsWell: { readonly [T in CommandType]?: Permission } = {
  'task.create': 'agent_control',
  'task.cancel': 'agent_control',
}

export const needs: Readonly<Record<Permission, readonly CommandType[]>> = {
  read: ['task.result', 'swarm.result', 'ballot.result', 'view.get', 'attention.list'],
  agent_control: [
    'agent.spawn',
    'agent.send',
    'agent.ask',
    'agent.pause',
    'agent.resume',
    'agent.restart',
    'agent.freeze',
    'agent.steer',
    'agent.terminate',
    'agent.kill',
    'agent.stop',
    'swarm.send',
    'schedule.create',
    'schedule.cancel',
    'dead-letter.replay',
  ],
  system_monitor: ['dead-letter.list', 'metrics.get'],
  admin: ['system.notify', 'token.revoke'],
  write: [
    ...([
      'task.create',
      'task.approval',
      'task.graph',
      'task.approve',
      'task.reject',
      'task.update',
      'task.forget',
      'task.cancel',
      'task.pause',
      'task.resume',
    ] as const),
    ...([
      'swarm.create',
      'swarm.join',
      'swarm.leave',
      'swarm.pause',
      'swarm.resume',
      'swarm.dissolve',
      'swarm.update',
      'swarm.rewire',
      'swarm.hand-over',
    ] as const),
    ...([
      'client.send',
      'external.register',
      'external.unregister',
      'external.done',
      'external.fail',
      'external.progress',
      'external.output',
      'external.say',
      'external.activity',
      'external.heartbeat',
    ] as const),
    ...([
      'ballot.propose',
      'ballot.vote',
      'ballot.cancel',
      'channel.publish',
      'attention.ack',
      'attention.snooze',
      'attention.resolve',
    ] as const),
  ],
}
