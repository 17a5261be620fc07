/** What is said in this process is read by whoever is here: nothing is encrypted, and nothing pretends to be. */
import { TroupeError } from '../errors.js'

/** Why it cannot be said with these options; undefined: it can. */
export const unsealable = ({ encryptFor }: { readonly encryptFor?: readonly string[] | undefined }): TroupeError | undefined =>
  encryptFor === undefined
    ? undefined
    : new TroupeError(
        'UNSUPPORTED',
        'A message is encrypted by the client that sends it, before it reaches the system; in the process of the system leave out encryptFor.',
      )
