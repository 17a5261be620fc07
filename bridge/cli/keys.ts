/** `troupe keys`: makes keys to sign and to be encrypted for, and shows what of them others may have. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createKeys, type Keys, publicKeys } from '../../src/crypto/keys.js'
import { describeThrown, TroupeError } from '../../src/errors.js'
import type { KeyClaims } from '../keys/claims.js'
import type { RegisteredKey, SignatureOptions } from '../keys/options.js'

/** A file of JSON. The text is never quoted: it may be a private key. */
const read = (file: string, what: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (thrown) {
    const why = thrown instanceof SyntaxError ? 'it is not JSON' : describeThrown(thrown)
    throw new TroupeError('INVALID_OPTION', `${what} cannot be read from ${file}: ${why}.`)
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `troupe keys new`: both private keys, to a file that only its owner may read, and their public halves beside it. */
export const makeKeys = async ({ out }: { readonly out?: string }): Promise<void> => {
  const keys = await createKeys()
  if (out === undefined) return console.log(JSON.stringify(keys, undefined, 2))
  try {
    // One that is there already may be the only copy of a key.
    writeFileSync(out, `${JSON.stringify(keys, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' })
    writeFileSync(`${out}.pub`, `${JSON.stringify(publicKeys(keys), undefined, 2)}\n`, { flag: 'wx' })
  } catch (thrown) {
    throw new TroupeError(
      'INVALID_OPTION',
      `The keys could not be written to ${out}: ${describeThrown(thrown)}. Choose a new name.`,
    )
  }
  console.log(`${out}      private: keep it\n${out}.pub  public: give it to the bridge`)
}

const publicOf = (file: string): Partial<Pick<ReturnType<typeof publicKeys>, 'sign' | 'encrypt'>> => {
  const keys = read(file, 'Keys')
  if (isObject(keys) && isObject(keys['sign']) && isObject(keys['encrypt'])) return publicKeys(keys as unknown as Keys)
  throw new TroupeError('INVALID_OPTION', `${file} does not hold { sign, encrypt }, as troupe keys new writes them.`)
}

/** `troupe keys show`: the public halves of a file of keys. */
export const showKeys = (file: string): void => console.log(JSON.stringify(publicOf(file), undefined, 2))

/** What `troupe token --key` binds: the public halves, whichever file was given. */
export const boundKeys = (file: string | undefined): KeyClaims => {
  if (file === undefined) return {}
  const { sign, encrypt } = publicOf(file)
  return { ...(sign ? { cnf: { jwk: sign } } : {}), ...(encrypt ? { encrypt } : {}) }
}

/** What has to be signed, as `--require-signatures` says it. */
const required = (text: string | undefined): Pick<SignatureOptions, 'required'> => {
  if (text === undefined) return {}
  if (text === 'critical') return { required: 'critical' }
  if (text === 'all') return { required: [{}] }
  throw new TroupeError('INVALID_OPTION', `--require-signatures expects critical or all; got ${JSON.stringify(text)}.`)
}

/** The keys of somebody: a list of them, or named. Who stands there without any was meant to have some. */
const listOf = (keys: unknown, whose: string): readonly unknown[] => {
  const list = Array.isArray(keys) ? keys : isObject(keys) ? Object.values(keys) : []
  if (list.length > 0) return list
  throw new TroupeError('INVALID_OPTION', `Expected in ${whose} a list of public keys, or { sign, encrypt }; there are none.`)
}

/** The options of a bridge that `--keys`, a file of `{ name: [public keys] }` or `{ name: { sign, encrypt } }`, and the other flag say. */
export const signatureOptions = (file: string | undefined, rule: string | undefined): SignatureOptions => {
  if (file === undefined) return required(rule)
  const named = read(file, 'Public keys')
  if (!isObject(named)) throw new TroupeError('INVALID_OPTION', `${file} does not hold an object of names and their public keys.`)
  const listed = Object.entries(named).map(([name, keys]) => [
    name,
    listOf(keys, `${file} of ${JSON.stringify(name.slice(0, 100))}`),
  ])
  // Each is checked by the bridge, which refuses what is no public key.
  return { ...required(rule), keys: Object.fromEntries(listed) as Record<string, RegisteredKey[]> }
}
