/** What clients' commands to channels and to the whole system do. */
import { TroupeError } from '../../src/errors.js'
import { isReserved } from '../../src/protocol/topic.js'
import { visible } from '../visible.js'
import { type Doings, needWhole } from './doing.js'

export const systemDoings: Doings<'channel' | 'view' | 'metrics' | 'system'> = {
  'channel.publish': {
    needs: 'write',
    on: ({ topic }) => topic,
    run({ topic, body, priority, ttl, metadata }, stage, { rights }) {
      // A client's word on the runtime's own topics is carried as a message; only an operator may speak for the system, or past `client.send`.
      if (isReserved(topic) && /^(system|client)(\.|$)/.test(topic)) rights.need('admin')
      if (/^system\.audit(\.|$)/.test(topic))
        throw new TroupeError('FORBIDDEN', 'Nobody but the bridge itself says who did what; publish on another topic.')
      return stage.channel(topic).publish(body, { priority, ttl, metadata })
    },
  },
  'view.get': {
    needs: 'read',
    run: async ({ ids, limit = 1_000, next }, _, { system, rights, pages }) =>
      next === undefined
        ? pages.first(visible(system.state, rights, ids), limit, rights.outlook)
        : pages.next(next, limit, rights.outlook),
  },
  'metrics.get': {
    needs: 'system_monitor',
    async run(_, __, context) {
      // Nobody is told on request what may not be listened to.
      needWhole(context)
      for (const topic of ['system.metrics', 'system.traffic']) context.rights.needRead(topic)
      return context.monitor.read()
    },
  },
  'system.notify': {
    needs: 'admin',
    on: () => 'system.notice',
    run: ({ text, level }, stage) => stage.notify(text, { level }),
  },
}
