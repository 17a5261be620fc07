/** What is encrypted for named readers: in place of a body, or beside the type of a message. */
import { z } from 'zod'

/** Base64url without padding. */
const text = z.string().regex(/^[\w-]*$/)

const recipient = z.object({
  header: z.object({
    alg: z.literal('ECDH-ES+A256KW'),
    /** The reader's key: its RFC 7638 thumbprint, or the `kid` that it was published with. */
    kid: z.string().min(1).max(256),
    /** The key of this one agreement; of a single reader it stands in the protected header. */
    epk: z.object({ kty: z.literal('OKP'), crv: z.literal('X25519'), x: text }).optional(),
  }),
  encrypted_key: text,
})

/** A JWE in the general JSON serialization, one recipient for each key that may read it. */
export const sealed = z.object({
  jwe: z.object({
    /** `{ enc: "A256GCM", typ: "troupe", from, on }`: who wrote it, and for what; it opens nowhere else. */
    protected: text,
    recipients: z.array(recipient).min(1).max(1_000),
    iv: text,
    ciphertext: text,
    tag: text,
  }),
})
export type Sealed = z.infer<typeof sealed>
