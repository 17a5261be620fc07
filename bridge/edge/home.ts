/** Tokens that are accepted from some addresses alone. */
import { TroupeError } from '../../src/errors.js'
import type { Principal } from '../principal.js'
import { addressList } from './addresses.js'

/** The principal, where it may come from that address. Throws `FORBIDDEN` where it may not, or where it names no addresses that can be read. */
export const needHome = (principal: Principal, address: string): Principal => {
  const { addresses } = principal
  if (addresses === undefined || isWithin(address, addresses)) return principal
  throw new TroupeError('FORBIDDEN', `The token is not accepted from ${address}, but from the addresses that it names alone.`)
}

const isWithin = (address: string, addresses: readonly string[]): boolean => {
  try {
    return addressList('The claim addresses', addresses).has(address)
  } catch {
    return false
  }
}
