/** What clients' commands about tokens do. */
import { type Doings, needWhole } from './doing.js'

export const tokenDoings: Doings<'token'> = {
  'token.revoke': {
    needs: 'admin',
    on: () => 'system.revoked',
    async run({ jti, until }, _, { system, rights, cause, revocations }) {
      needWhole({ rights })
      revocations.needRoom()
      const ends = until === undefined ? {} : { until }
      system.announce({ type: 'system.revoked', jti, ...ends }, rights.principal.sub, cause, 'high')
      return { id: jti, state: 'revoked' }
    },
  },
}
