/** Promises that user code rejected and nobody awaits: the one kind of failure that no caller sees. */

/** What is needed of Node's `process`; browsers have none. */
interface HostProcess {
  on(event: 'unhandledRejection', hear: (reason: unknown) => void): void
  off(event: 'unhandledRejection', hear: (reason: unknown) => void): void
}

/** Tells of each such rejection instead of letting it end the process. Returns how to stop. Elsewhere than in Node it does nothing. */
export const catchUnhandled = (tell: (reason: unknown) => void): (() => void) => {
  const { process } = globalThis as { readonly process?: Partial<HostProcess> }
  process?.on?.('unhandledRejection', tell)
  return () => process?.off?.('unhandledRejection', tell)
}
