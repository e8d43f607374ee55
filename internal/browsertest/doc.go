// Package browsertest runs test pages in real browsers and collects what they report.
//
// No driver takes part, but where a test says so (Drive): the test serves a page, starts the browser with a fresh profile, and the page posts the
// result of each check back to the server it came from. What works with a driver attached and fails without one
// (popups, storage partitioning, background throttling) is thereby seen as a user would see it.
//
//	engine.go   which browsers there are, where they are found and how each is started
//	browser.go  one running browser, led from page to page
//	site.go     the web server: the npm package as shipped, the test pages, their reports
//	require.go  what to do where something is not installed
//	module.go   builds of the WebAssembly module
//	report.go   what a page reports, as subtests
//	remote.go   a page whose clients the test leads, command by command
//	cdp.go      Chromium at the end of a pipe, for what no page can do: crash, freeze, snapshots of the heap
//	target.go   one tab or worker of it
//	process.go  child processes: browsers and authorization servers
//	pages/      the test pages, plain files; harness.js is the page side of site.go
package browsertest
