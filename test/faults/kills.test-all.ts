/** As many kills as the promise is made for. */
import { holdsOver } from './promise.js'

holdsOver(200)
