// Command demo serves a single-page application that uses the package as shipped, and a real
// OpenID provider for it to sign in to, both on loopback and both in memory.
//
//	main.go      flags, listeners, start and stop
//	provider.go  the OpenID provider: client, grants, lifetimes, CORS
//	store.go     grants and tokens in memory, with detection of replayed refresh tokens
//	signin.go    the provider's own pages: sign in, signed out, request refused
//	faults.go    what the provider does wrong on demand
//	api.go       the protected API that the page calls
//	export.go    the page for a static host
//	page.go      the static page, the package, and the headers of both
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// defaultListen is where the page is served when nothing else is asked for and the port is free.
const defaultListen = "127.0.0.1:5173"

type options struct {
	listen         string
	listenIsSet    bool
	providerListen string
	lifetime       time.Duration
	auto           bool
	noPage         bool
	origins        originList
	packageDir     string
	slim           bool
	export         string
}

// originList is a flag that may be repeated.
type originList []string

func (l *originList) String() string { return strings.Join(*l, " ") }

func (l *originList) Set(value string) error {
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("want scheme://host:port and nothing more")
	}
	*l = append(*l, u.Scheme+"://"+u.Host)
	return nil
}

func main() {
	log.SetFlags(log.Ltime)
	opts, err := parseOptions(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err = run(ctx, opts, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func parseOptions(args []string, output io.Writer) (options, error) {
	var opts options
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(output)
	flags.StringVar(&opts.listen, "listen", defaultListen, "`address` of the page; without this flag a free port is taken when 5173 is busy")
	flags.StringVar(&opts.providerListen, "provider-listen", "localhost:0", "`address` of the OpenID provider; port 0 takes a free one")
	flags.DurationVar(&opts.lifetime, "ttl", 20*time.Second, "lifetime of an access token, in whole seconds")
	flags.BoolVar(&opts.auto, "auto", false, "the provider signs \"alice\" in without showing a form")
	flags.BoolVar(&opts.noPage, "no-page", false, "start the provider only")
	flags.Var(&opts.origins, "origin", "`URL` of one more application that may use the provider; may be repeated")
	flags.StringVar(&opts.packageDir, "wasm", "../jsglue", "`folder` of the package as shipped")
	flags.BoolVar(&opts.slim, "slim", false, "serve the release build of the module, in the place of the Go build")
	flags.StringVar(&opts.export, "export", "", "write the page into a `folder`, for a static host, and serve nothing")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	flags.Visit(func(f *flag.Flag) { opts.listenIsSet = opts.listenIsSet || f.Name == "listen" })
	if opts.lifetime < time.Second || opts.lifetime%time.Second != 0 {
		err := fmt.Errorf("-ttl %s: want whole seconds, at least 1s", opts.lifetime)
		fmt.Fprintln(output, err)
		return options{}, err
	}
	return opts, nil
}

// module is the file of the package that the page loads.
func (o options) module() string {
	if o.slim {
		return "pkce.slim.wasm"
	}
	return "pkce.wasm"
}

func (o options) build() string {
	if o.slim {
		return "the release build, " + o.module()
	}
	return "the Go build, " + o.module() + " (make demo SLIM=1: the release build)"
}

// run serves until ctx is done. It prints one READY line per server, for people and for scripts.
func run(ctx context.Context, opts options, out io.Writer) error {
	if opts.export != "" {
		return export(opts.export, pageConfig{
			ClientID: clientID, Scope: scopes, LifetimeSeconds: int(opts.lifetime / time.Second), WasmURL: packagePath + opts.module(),
		}, opts.packageDir)
	}
	var servers []server
	defer func() {
		for _, s := range servers {
			_ = s.listener.Close()
		}
	}()

	providerListener, err := listen(opts.providerListen)
	if err != nil {
		return fmt.Errorf("provider: %w", err)
	}
	servers = append(servers, server{listener: providerListener})
	cfg := providerConfig{
		issuer:   originOf(opts.providerListen, providerListener),
		lifetime: opts.lifetime,
		origins:  opts.origins,
		auto:     opts.auto,
	}

	if !opts.noPage {
		pageListener, err := listenPage(opts)
		if err != nil {
			return fmt.Errorf("page: %w", err)
		}
		servers = append(servers, server{listener: pageListener})
		pageOrigin := originOf(opts.listen, pageListener)
		cfg.origins = append(cfg.origins, loopbackAliases(pageOrigin)...)
		handler, err := newPage(pageConfig{
			Issuer:          cfg.issuer,
			ClientID:        clientID,
			Scope:           scopes,
			API:             cfg.issuer + helloPath,
			Faults:          cfg.issuer + faultsPath,
			Held:            cfg.issuer + heldPath,
			LifetimeSeconds: int(cfg.lifetime / time.Second),
			WasmURL:         packagePath + opts.module(),
		}, opts.packageDir)
		if err != nil {
			return fmt.Errorf("page: %w", err)
		}
		servers[1].handler = handler
		defer fmt.Fprintln(out, "Stopped.")
	}

	provider, err := newProvider(cfg)
	if err != nil {
		return fmt.Errorf("provider: %w", err)
	}
	servers[0].handler = provider

	fmt.Fprintln(out, "READY provider", cfg.issuer)
	if !opts.noPage {
		page := originOf(opts.listen, servers[1].listener)
		fmt.Fprintln(out, "READY page", page)
		fmt.Fprintf(out, "\n  Open %s in a browser and sign in with any name.\n  Access tokens live %s. The module is %s. Stop with Ctrl+C.\n\n", page, opts.lifetime, opts.build())
	}
	return serve(ctx, servers)
}

type server struct {
	listener net.Listener
	handler  http.Handler
}

// serve runs every server until ctx is done or one of them fails, then closes them all.
func serve(ctx context.Context, servers []server) error {
	failed := make(chan error, len(servers))
	var running []*http.Server
	for _, s := range servers {
		h := &http.Server{Handler: s.handler, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 64 << 10}
		running = append(running, h)
		go func() { failed <- h.Serve(s.listener) }()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	// Browsers keep connections open, and nothing here is worth waiting for.
	for _, h := range running {
		_ = h.Close()
	}
	return err
}

func listenPage(opts options) (net.Listener, error) {
	listener, err := listen(opts.listen)
	if err == nil || opts.listenIsSet {
		return listener, err
	}
	return listen("127.0.0.1:0")
}

func listen(address string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		address += ":0"
	}
	return net.Listen("tcp", address)
}

// originOf keeps the host name that was asked for, which the listener has resolved away.
func originOf(address string, listener net.Listener) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	bound := listener.Addr().(*net.TCPAddr)
	if host == "" {
		host = "localhost"
	}
	return fmt.Sprintf("http://%s", net.JoinHostPort(host, fmt.Sprint(bound.Port)))
}

// loopbackAliases returns the origin and, because people type either, the same port by its other
// loopback name.
func loopbackAliases(origin string) []string {
	u, err := url.Parse(origin)
	if err != nil {
		return []string{origin}
	}
	switch u.Hostname() {
	case "127.0.0.1":
		return []string{origin, "http://localhost:" + u.Port()}
	case "localhost":
		return []string{origin, "http://127.0.0.1:" + u.Port()}
	}
	return []string{origin}
}
