// Package packagetest tests what an application gets: the npm package as a tarball, installed elsewhere.
//
//	package_test.go   packs and installs it once; from TypeScript, and from a page without a bundler
//	bundlers_test.go  one application, built by each bundler, and run
//	hot_test.go       an application that is changed while a development server shows it
//	guide_test.go     what docs/start/react.md says, done with the code that is in it
//	served_test.go    the package on a server of another origin, and on servers that answer something else
//	runtimes_test.go  Node, Deno, Bun and workerd, rendering on a server, and Vitest
//	lint_test.go      what the linters of npm packages say of it
//	projects/         the tools for that, an npm package of its own, so that the package's own tests stay small
//	testdata/         the applications
package packagetest
