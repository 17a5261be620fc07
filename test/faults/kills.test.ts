/** A server that is killed at random moments. `KILLS=1000 SEED=7 npx vitest run test/faults/kills.test.ts` does it more often; `npm run faults` prints a table. */
import { holdsOver } from './promise.js'

holdsOver(50)
