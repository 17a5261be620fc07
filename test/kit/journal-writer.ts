/** Says things to a journal on disk until it is killed, a record with each, and tells how many are kept. Its argument is the directory. */
import { levelStore } from '../../src/journal/level/index.js'
import { openJournal } from '../../src/journal/open.js'

const [, , dir = ''] = process.argv
const journal = await openJournal({ stores: { disk: levelStore(dir) } })
const before = Number(journal.records.get('count') ?? 0)
for (let count = before + 1; ; count++) {
  journal.append('count', { type: 'message', from: 'x', body: count }, { source: 'x', priority: 'normal' })
  journal.records.put('count', count)
  journal.append('agent.x.metrics', { type: 'message', from: 'x', body: count }, { source: 'x', priority: 'low' })
  if (count % 10 !== 0) continue
  await journal.committed()
  process.send?.(count)
}
