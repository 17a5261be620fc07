/** What clients' commands about what needs a person do. */
import { TroupeError } from '../../src/errors.js'
import type { AttentionItem } from '../../src/protocol/attention.js'
import { within } from '../../src/system/reach.js'
import type { Doings, ExecuteContext } from './doing.js'

/** Whom an item is about, as rights know it. */
const about = ({ kind, subject }: Pick<AttentionItem, 'kind' | 'subject'>): string =>
  `${kind === 'approval' ? 'task' : 'agent'}.${subject}`

/** Whoever deals with it acts on whom it is about. */
const mine = ({ system, rights }: ExecuteContext, id: string): void => {
  const item = system.state.attention.get(id)
  if (!item || !within(rights.reach, item.tenant))
    throw new TroupeError('NOT_FOUND', `Nothing that needs attention has the id ${id}.`)
  rights.needWrite(about(item))
}

export const attentionDoings: Doings<'attention'> = {
  'attention.list': {
    needs: 'read',
    async run({ type: _, ...query }, stage, { rights }) {
      const items = await stage.attention.list(query)
      return { items: items.filter((item) => rights.mayRead(`${about(item)}.status`, item.tenant)) }
    },
  },
  'attention.ack': {
    needs: 'write',
    async run({ id }, stage, context) {
      mine(context, id)
      return stage.attention.ack(id)
    },
  },
  'attention.snooze': {
    needs: 'write',
    async run({ id, for: milliseconds }, stage, context) {
      mine(context, id)
      return stage.attention.snooze(id, milliseconds)
    },
  },
  'attention.resolve': {
    needs: 'write',
    async run({ id, answer }, stage, context) {
      mine(context, id)
      return stage.attention.resolve(id, answer)
    },
  },
}
