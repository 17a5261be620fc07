/** Brings back the list of what needs a person. */
import { decisionOn } from '../attention/watch.js'
import type { AttentionItem } from '../protocol/attention.js'
import type { Core } from '../system/core.js'

const openIn = ({ view }: Core): AttentionItem[] =>
  [...view.attention.values()].filter(({ state }) => state !== 'resolved' && state !== 'expired')

/** What was open is open. Before anybody else comes back, so that what becomes of them then ends what it was about. */
export const goOnWithConcerns = (core: Core): void => {
  for (const item of openIn(core))
    core.attention.goOn(item, item.kind === 'approval' ? decisionOn(core, item.subject) : undefined)
}

/** Who did not come back asks nothing and crashes no more; that somebody was given up is worth a look until it expires. */
export const settleConcerns = (core: Core): void => {
  for (const { kind, subject, expires } of openIn(core))
    if ((kind === 'approval' && !core.task(subject)) || (kind === 'crash-loop' && expires === undefined && !core.agent(subject)))
      core.attention.settle(kind, subject)
}
