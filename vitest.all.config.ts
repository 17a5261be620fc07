import base from './vitest.config.js'

/** What `npm test` leaves out, since it needs more than Node: servers that the tests start themselves. */
export default {
  ...base,
  test: {
    ...base.test,
    include: ['test/**/*.test-all.ts'],
    typecheck: { enabled: false },
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
}
