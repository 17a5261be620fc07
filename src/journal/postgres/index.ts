/** A journal in PostgreSQL, in a schema of its own (Node only). */
export { type PostgresStoreOptions, postgresStore } from './store.js'
