/** What user code returned, told apart by whether it ends at once. */

/** What a handler returned, as a promise, when it does not end at once. A `then` that throws when it is looked at is a failure like any. */
export const promised = (value: unknown): Promise<unknown> | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  try {
    return typeof (value as { then?: unknown }).then === 'function' ? Promise.resolve(value) : undefined
  } catch (thrown) {
    return Promise.reject(thrown)
  }
}
