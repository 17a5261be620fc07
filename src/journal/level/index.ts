/** A journal on disk, in a directory of its own (Node only). */
export { type LevelStoreOptions, levelStore } from './store.js'
