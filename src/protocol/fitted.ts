/** Reads what somebody else wrote, whatever it is. */
import { z } from 'zod'

/**
 * As `schema.safeParse`, which throws where it compares what cannot be compared: the length of `{ "length": { "toString": null } }`
 * with the longest that a text may be. That is a value that does not fit, like any other.
 */
export const fitted = <S extends z.ZodType>(schema: S, value: unknown): z.ZodSafeParseResult<z.output<S>> => {
  try {
    return schema.safeParse(value)
  } catch {
    const message = 'expected plain data; some of this is called like what every object has, and is something else'
    // Nothing in an error depends on what the value would have been.
    const error = new z.ZodError([{ code: 'custom', path: [], message, input: undefined }]) as z.ZodError<z.output<S>>
    return { success: false, error }
  }
}
