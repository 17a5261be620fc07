/** What is signed: a command, who says it, and when, so that it means the same wherever else it is shown. */
import { z } from 'zod'

/** The payload of a signature, which is a compact JWS with a key on Ed25519. */
export const claims = z.object({
  /** Who says it: the `sub` of a client, or the id of an agent in the process. */
  from: z.string().min(1).max(256),
  /** The id of the frame: nothing is taken in twice under it. */
  id: z.string().min(1).max(128),
  /** When it was signed, milliseconds since the Unix epoch. */
  at: z.number().nonnegative(),
  /** The name of the command. */
  type: z.string().min(1).max(128),
  /** The command's own payload, whole: its topic or receiver, its body, its priority. */
  payload: z.looseObject({}),
})
export type Claims = z.infer<typeof claims>

/** A signature as it stands in a frame: the three parts of a compact JWS. */
export const signature = z
  .string()
  .max(16_777_216)
  .regex(/^[\w-]+\.[\w-]+\.[\w-]+$/, 'expected a compact JWS')
