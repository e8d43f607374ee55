package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOptions(t *testing.T) {
	opts, err := parseOptions([]string{"-origin", "http://127.0.0.1:8080/", "-origin", "https://app.test", "-ttl", "3s", "-auto", "-no-page"}, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, originList{"http://127.0.0.1:8080", "https://app.test"}, opts.origins)
	assert.Equal(t, 3*time.Second, opts.lifetime)
	assert.True(t, opts.auto && opts.noPage)
	assert.False(t, opts.listenIsSet)

	for _, args := range []string{
		"-ttl 0", "-ttl 500ms", "-ttl 1500ms", "-ttl -3s", "-ttl soon",
		"-origin app.test", "-origin ftp://app.test", "-origin http://app.test/path", "-origin http://app.test?x", "-origin http://", "-what",
	} {
		_, err := parseOptions(strings.Fields(args), io.Discard)
		assert.Error(t, err, args)
	}
}

func TestBusyPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()

	free, err := listenPage(options{listen: taken.Addr().String()})
	require.NoError(t, err)
	assert.NotEqual(t, taken.Addr().String(), free.Addr().String())
	require.NoError(t, free.Close())

	_, err = listenPage(options{listen: taken.Addr().String(), listenIsSet: true})
	assert.Error(t, err, "an address that was asked for is not exchanged for another")
}

func TestRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, options{
			listen: "127.0.0.1:0", listenIsSet: true, providerListen: "127.0.0.1:0", lifetime: 20 * time.Second, packageDir: testPackage(t),
		}, writer)
		writer.Close()
	}()

	lines := bufio.NewScanner(reader)
	ready := map[string]string{}
	for len(ready) < 2 && lines.Scan() {
		name, address, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "READY "), " ")
		ready[name] = address
	}
	go func() {
		for lines.Scan() { // so that nothing blocks on the pipe
		}
	}()

	config, err := http.Get(ready["page"] + "/config.json")
	require.NoError(t, err)
	text, err := io.ReadAll(config.Body)
	require.NoError(t, err)
	require.NoError(t, config.Body.Close())
	assert.Contains(t, string(text), `"issuer":"`+ready["provider"]+`"`)

	request, err := http.NewRequest(http.MethodGet, ready["provider"]+"/.well-known/openid-configuration", nil)
	require.NoError(t, err)
	request.Header.Set("Origin", strings.Replace(ready["page"], "127.0.0.1", "localhost", 1))
	metadata, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	text, err = io.ReadAll(metadata.Body)
	require.NoError(t, err)
	require.NoError(t, metadata.Body.Close())
	assert.Equal(t, request.Header.Get("Origin"), metadata.Header.Get("Access-Control-Allow-Origin"), "people type localhost, too")
	discovered := reply{body: string(text)}.object(t)
	assert.Equal(t, ready["provider"], discovered["issuer"])
	assert.Equal(t, true, discovered["authorization_response_iss_parameter_supported"])
	assert.Equal(t, []any{"S256"}, discovered["code_challenge_methods_supported"])

	cancel()
	assert.NoError(t, <-ended)
}
