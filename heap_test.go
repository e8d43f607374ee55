package pkcewasm_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/figures"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// TestHeap looks for the refresh tokens, the verifier and the key that tokens are bound to where no script can: on the page's heap,
// where closures are, and in all its WebAssembly memories. The worker's, where they are, show that they would be found.
func TestHeap(t *testing.T) {
	for _, build := range []browsertest.Build{browsertest.Slim, browsertest.Go} {
		t.Run(string(build), func(t *testing.T) {
			t.Parallel()
			site := newSite(t, build.Module(t))
			server := oauthtest.New(t, oauthtest.Options{Settings: oauthtest.Settings{Rotation: oauthtest.Strict, DPoP: oauthtest.DPoP{Mode: oauthtest.ProofsRequired}}})
			keys := newKeyring(site)
			site.AddProvider("ledger", browsertest.Provider{Issuer: server.Issuer, ClientID: oauthtest.DefaultClient, API: server.URL + "/api/hello"})
			browser := browsertest.Drive(t, browsertest.Options{})
			for isolation, kind := range map[string]string{"dedicated": "worker", "shared": "shared_worker"} {
				t.Run(isolation, func(t *testing.T) {
					ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
					defer cancel()
					server.Reset()
					keys.reset()
					page, err := browser.Open(ctx, site.Origin+"/start.html?scenario=held&provider=ledger&isolation="+isolation)
					require.NoError(t, err)
					waitForTitle(ctx, t, page, "held")
					worker, err := browser.Find(ctx, func(target *browsertest.Target) bool { return target.Type == kind })
					require.NoError(t, err)
					secrets := spent(t, server)
					require.Len(t, secrets, 4, "three refresh tokens and the verifier")
					require.Len(t, keys.known(), 1, "the key that tokens are bound to")
					secrets = append(secrets, keys.known()...)

					require.Empty(t, found(heap(ctx, t, page), secrets), "on the heap of the page")
					require.Empty(t, inMemory(ctx, t, page, secrets), "in the memories of the page")
					require.NotEmpty(t, inMemory(ctx, t, worker, secrets), "the worker's memory is where they are")
					require.Equal(t, keys.known(), found(heap(ctx, t, worker), keys.known()), "the worker's heap is where the key is")
					require.Zero(t, signingKeys(ctx, t, page), "keys that the page can sign with")
					require.Positive(t, signingKeys(ctx, t, worker), "and the worker")
					testControls(ctx, t, page)

					require.NoError(t, page.Evaluate(ctx, "client.signOut({ local: true })", nil))
					require.Empty(t, found(heap(ctx, t, page), secrets), "on the heap after the sign-out")
					require.NoError(t, page.Close(ctx))
				})
			}
			figures.Record(t, "make secrets", map[string]any{"heap and memories, Chromium, " + string(build): "0 hits"})
		})
	}
}

// testControls plants a secret in a closure, in a private field, and in a memory: each is found by one of the methods.
func testControls(ctx context.Context, t *testing.T, page *browsertest.Target) {
	t.Helper()
	planted := []string{"PLANTED-in-a-closure", "PLANTED-in-a-private-field", "PLANTED-in-a-memory"}
	require.NoError(t, page.Evaluate(ctx, `{
		const flat = (...parts) => JSON.parse('"PLANTED-' + parts.join('-') + '"');
		const secret = flat('in', 'a', 'closure');
		globalThis.closure = () => secret.length;
		globalThis.keeper = new class { #secret = flat('in', 'a', 'private', 'field'); length() { return this.#secret.length; } };
		globalThis.memory = new WebAssembly.Memory({ initial: 1 });
		new Uint8Array(memory.buffer).set(new TextEncoder().encode(flat('in', 'a', 'memory')), 1000);
	}`, nil))
	onHeap := found(heap(ctx, t, page), planted)
	require.Subset(t, onHeap, planted[:2])
	require.Equal(t, planted[2:], inMemory(ctx, t, page, planted))
}

func waitForTitle(ctx context.Context, t *testing.T, page *browsertest.Target, want string) {
	t.Helper()
	require.Eventually(t, func() bool {
		var title string
		return page.Evaluate(ctx, "document.title", &title) == nil && title == want // between two pages nothing can be evaluated
	}, time.Minute, 50*time.Millisecond)
}

// spent are the refresh tokens and verifiers that the server was sent.
func spent(t *testing.T, server *oauthtest.Server) []string {
	t.Helper()
	var secrets []string
	for _, entry := range server.Ledger.Entries("token") {
		form, err := url.ParseQuery(entry.Body)
		require.NoError(t, err)
		for _, name := range []string{"refresh_token", "code_verifier"} {
			if form.Has(name) {
				secrets = append(secrets, form.Get(name))
			}
		}
	}
	return secrets
}

func heap(ctx context.Context, t *testing.T, target *browsertest.Target) string {
	t.Helper()
	var text strings.Builder
	require.NoError(t, target.HeapSnapshot(ctx, &text))
	return text.String()
}

// found returns those of the secrets that the text holds, as they are or cut off.
func found(text string, secrets []string) []string {
	var hits []string
	for _, secret := range secrets {
		if strings.Contains(text, secret[:min(len(secret), 24)]) || strings.Contains(text, secret[max(len(secret)-24, 0):]) {
			hits = append(hits, secret)
		}
	}
	return hits
}

// inMemory returns those of the secrets that are in a WebAssembly memory of the target. (ArrayBuffers that no script reaches are not
// shown by the protocol; those within reach are walked by TestSecrets.)
func inMemory(ctx context.Context, t *testing.T, target *browsertest.Target, secrets []string) []string {
	t.Helper()
	var hits []string
	onAll(ctx, t, target, "WebAssembly.Memory", `function (secrets) {
		const texts = this.flatMap(({ buffer }) => ['latin1', 'utf-16le'].map((encoding) => new TextDecoder(encoding).decode(new Uint8Array(buffer))));
		const bytes = (text) => { // of a text in base64url
			try { return new TextDecoder('latin1').decode(Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))); } catch { return text; }
		};
		return secrets.filter((secret) => texts.some((text) => text.includes(secret) || text.includes(bytes(secret))));
	}`, secrets, &hits)
	return hits
}

// signingKeys is how many private keys the target has, whoever in it holds them.
func signingKeys(ctx context.Context, t *testing.T, target *browsertest.Target) (count int) {
	t.Helper()
	onAll(ctx, t, target, "CryptoKey", `function () { return this.filter(({ type }) => type === 'private').length; }`, nil, &count)
	return count
}

// onAll calls a function with an argument on all objects of the target that are of a class.
func onAll(ctx context.Context, t *testing.T, target *browsertest.Target, class, function string, argument, result any) {
	t.Helper()
	var prototype struct{ Result struct{ ObjectID string } }
	require.NoError(t, target.Call(ctx, "Runtime.evaluate", map[string]any{"expression": class + ".prototype"}, &prototype))
	var objects struct{ Objects struct{ ObjectID string } }
	require.NoError(t, target.Call(ctx, "Runtime.queryObjects", map[string]any{"prototypeObjectId": prototype.Result.ObjectID}, &objects))
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails any
	}
	require.NoError(t, target.Call(ctx, "Runtime.callFunctionOn", map[string]any{
		"objectId": objects.Objects.ObjectID, "returnByValue": true, "arguments": []any{map[string]any{"value": argument}}, "functionDeclaration": function,
	}, &answer))
	require.Nil(t, answer.ExceptionDetails)
	require.NoError(t, json.Unmarshal(answer.Result.Value, result))
}
