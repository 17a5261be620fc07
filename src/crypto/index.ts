/** `troupe/keys`: keys to sign and to encrypt with, and signatures of agents that live in the process of the system. */
export type { PrivateJwk, PublicJwk } from './jwk.js'
export { createKeys, type KeyInput, type Keys, type PublicKeys, publicKeys } from './keys.js'
export { createSigner, type Signer, type SignerOptions } from './signer.js'
