/** What clients' commands to other clients do. */
import type { Doings } from './doing.js'

export const clientDoings: Doings<'client'> = {
  'client.send': {
    needs: 'write',
    on: ({ to }) => `client.${to}`,
    run: ({ to, message, priority, ttl }, stage) => stage.client(to).send(message, { priority, ttl }),
  },
}
