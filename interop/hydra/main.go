// Command hydra is Ory Hydra, with the application for its sign-in pages that
// it leaves to its user. It is a module of its own because it replaces a
// dependency, and takes minutes and a C compiler to build.
//
//	main.go    Hydra, and the proxy that is the issuer
//	config.go  its configuration, clients and trusted assertions
//	signin.go  sign-in, consent and sign-out, all granted at once
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/ory/hydra/v2/cmd"
	"github.com/ory/x/configx"

	"github.com/pkcewasm/pkcewasm/internal/provider"
)

var grace = flag.Duration("grace", 0, "how long a spent refresh token is good")

func main() { provider.Main(newServer) }

func newServer(c *provider.Config) (http.Handler, error) {
	public, err := freePort()
	if err != nil {
		return nil, err
	}
	adminPort, err := freePort()
	if err != nil {
		return nil, err
	}
	go serve(configuration(c, public, adminPort))
	admin := admin("http://127.0.0.1:" + adminPort + "/admin/")
	if err := admin.wait(30 * time.Second); err != nil {
		return nil, err
	}
	if err := admin.register(c); err != nil {
		return nil, err
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: "127.0.0.1:" + public})
		r.Out.Host = r.In.Host
	}}
	mux := http.NewServeMux()
	mux.Handle("/", proxy)
	admin.signIn(mux)
	return mux, nil
}

// serve runs Hydra until the process ends.
func serve(values map[string]any) {
	root := cmd.NewRootCmd(nil, nil, []configx.OptionModifier{configx.WithValues(values)})
	root.SetArgs([]string{"serve", "all", "--dev"})
	log.Fatal("hydra ended: ", root.Execute())
}

func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a port: %w", err)
	}
	defer listener.Close() //nolint:errcheck // nobody has connected
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, err
}
