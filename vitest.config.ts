import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The package's doors, as `tsconfig.json` names them, so that tests import what a user imports. */
const doors = {
  'troupe/keys': at('./src/crypto/index.ts'),
  'troupe/testing': at('./actors/testing/index.ts'),
  'troupe/journal/([a-z-]+)': `${at('./src/journal/')}$1/index.ts`,
  'troupe/dialects/([a-z-]+)': `${at('./bridge/dialects/')}$1/index.ts`,
  'troupe/tracing': at('./bridge/tracing/index.ts'),
  'troupe/claude-flow': at('./bridge/claude-flow/index.ts'),
  'troupe/actors': at('./actors/index.ts'),
  'troupe/bridge': at('./bridge/index.ts'),
  'troupe/client': at('./bridge/client.ts'),
  troupe: at('./src/index.ts'),
}

export default defineConfig({
  resolve: { alias: Object.entries(doors).map(([name, replacement]) => ({ find: new RegExp(`^${name}$`), replacement })) },
  test: {
    include: ['test/**/*.test.ts'],
    typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
})
