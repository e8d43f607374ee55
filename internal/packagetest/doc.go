// Package packagetest tests what an application gets: the npm package as a tarball, installed elsewhere.
//
//	package_test.go   packs and installs it once, and uses it from Node and TypeScript
//	lint_test.go      what the linters of npm packages say of it
//	projects/         the tools for that, an npm package of its own, so that the package's own tests stay small
//	testdata/         the applications
package packagetest
