/** Opens a journal on disk, says so, and does nothing more with it until it is killed. Its argument is the directory. */
import { levelStore } from '../../src/journal/level/index.js'
import { openJournal } from '../../src/journal/open.js'

const [, , dir = ''] = process.argv
// A process that listens for messages lives on.
process.on('message', () => {})
await openJournal({ stores: { disk: levelStore(dir) } })
process.send?.('open')
