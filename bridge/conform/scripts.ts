/** All scripts, in the order in which they are played and numbered. */
import type { Script } from './script.js'
import { connectionScripts } from './scripts/connection.js'
import { deliveryScripts } from './scripts/delivery.js'
import { eventScripts } from './scripts/events.js'
import { workScripts } from './scripts/work.js'

export const scripts: readonly Script[] = [...connectionScripts, ...eventScripts, ...workScripts, ...deliveryScripts]
