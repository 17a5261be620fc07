/** Who may import whom. Type imports count: an arrow that only the compiler sees still ties two files together. */
const layer = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    layer('no-circles', 'If two files need each other, what both need is a third file below them.', {}, { circular: true }),
    layer(
      'src-stands-alone',
      'src is the ground: it imports nothing of the house.',
      { path: '^src/' },
      { path: '^(actors|bridge|examples|test|scripts)/' },
    ),
    layer(
      'src-is-isomorphic',
      'A browser imports src too: no node: module, but behind the doors of the stores.',
      { path: '^src/', pathNot: '^src/journal/(level|postgres)/' },
      { dependencyTypes: ['core'] },
    ),
    layer(
      'stores-behind-their-doors',
      'What keeps a journal is handed in, by who composes: nothing else depends on it.',
      { path: '^(src|actors|bridge)/', pathNot: ['^bridge/cli/', '^src/journal/(level|postgres)/'] },
      { path: '^src/journal/(level|postgres)/' },
    ),
    layer(
      'actors-stand-on-src',
      'Actors know the runtime, not the door.',
      { path: '^actors/' },
      { path: '^(bridge|examples|test|scripts)/' },
    ),
    layer(
      'bridge-stands-on-src',
      'The bridge drives a Stage and knows no actor; only the command line puts the two together.',
      { path: '^bridge/', pathNot: '^bridge/cli/' },
      { path: '^(actors|examples|test|scripts|bridge/cli)/' },
    ),
    layer(
      'command-line-is-the-top',
      'The command line composes; tests and scripts are not for shipping.',
      { path: '^bridge/cli/' },
      { path: '^(test|scripts)/' },
    ),
    layer(
      'examples-use-doors',
      'An example imports what a user can import: package names.',
      { path: '^examples/' },
      {
        path: '^(src|actors|bridge|test|scripts)/',
        dependencyTypesNot: ['aliased', 'aliased-tsconfig', 'aliased-tsconfig-paths'],
      },
    ),
    layer(
      'a-dialect-is-pure',
      'A dialect translates: it knows the words, the errors, zod and its own folder.',
      { path: '^bridge/dialects/([^/]+)/' },
      {
        pathNot: [
          '^bridge/dialect\\.ts$',
          '^src/protocol/',
          '^src/errors\\.ts$',
          '(^|/)node_modules/zod/',
          '^bridge/dialects/$1/',
        ],
      },
    ),
    layer(
      'one-file-imports-ws',
      'Sessions are tested without a port: sockets stay in one file. An example may be a client from outside.',
      { pathNot: ['^bridge/ws\\.ts$', '^examples/[^/]+/main\\.ts$'] },
      { path: '(^|/)node_modules/(@types/)?ws/' },
    ),
    layer(
      'xstate-in-machines-only',
      'XState stands in the machine files and one adapter, so that its next major touches nothing else.',
      { pathNot: ['^actors/[^/]+/machine\\.ts$', '^src/system/machine\\.ts$'] },
      { path: '(^|/)node_modules/xstate/' },
    ),
    layer(
      'opentelemetry-in-tracing-only',
      'What is traced is said to a tracer that was handed in, so that who traces nothing loads nothing.',
      { path: '^(src|actors|bridge)/', pathNot: '^bridge/tracing/' },
      { path: '(^|/)node_modules/@opentelemetry/' },
    ),
    layer('no-undeclared', 'What is imported must exist and stand in package.json.', {}, { couldNotResolve: true }),
    layer(
      'no-tools-in-the-product',
      'What ships needs only what is installed with it.',
      {},
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}
