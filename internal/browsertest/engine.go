package browsertest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Engine is a browser engine and how a browser that has it is started.
type Engine struct {
	Name string
	// executables are names for the PATH or glob patterns, best first.
	executables []string
	install     string
	// start runs the executable on a page with a fresh profile folder; what it started is stopped in reverse order.
	start func(executable, profile, url string, o Options) ([]*process, error)
}

// Options change how a browser is started. The zero value is a browser as it comes.
type Options struct {
	// LoopbackHosts are host names that the browser resolves to 127.0.0.1 (Chromium and Firefox): an http origin with
	// such a name is not a secure context, unlike localhost.
	LoopbackHosts []string
	// Popups lets pages open windows without a click, which no test page can make.
	Popups bool
	// Flags are further switches for Chromium.
	Flags []string
}

// The engines that the suite runs in.
var (
	Chromium = &Engine{
		Name: "Chromium",
		executables: []string{
			"chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
			"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
		},
		install: "install chromium",
		start:   startChromium,
	}
	Firefox = &Engine{
		Name:        "Firefox",
		executables: []string{"firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"},
		install:     "install firefox-esr",
		start:       startFirefox,
	}
	WebKit = &Engine{
		Name: "WebKit",
		executables: []string{
			"MiniBrowser", "/usr/lib/*/webkit2gtk-4.1/MiniBrowser", "/usr/lib*/webkit2gtk-4.1/MiniBrowser",
			"/usr/libexec/webkit2gtk-4.1/MiniBrowser",
		},
		install: "install webkit2gtk-driver and xvfb",
		start:   startWebKit,
	}
)

// Engines returns all engines, the fastest to start first.
func Engines() []*Engine { return []*Engine{Chromium, Firefox, WebKit} }

// Executable returns the path of a browser with this engine, or "" if none is installed.
func (e *Engine) Executable() string {
	for _, name := range e.executables {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
		if matches, _ := filepath.Glob(name); len(matches) > 0 {
			return matches[0]
		}
	}
	return ""
}

func startChromium(executable, profile, url string, o Options) ([]*process, error) {
	return startAll(exec.Command(executable, append(chromiumArgs(profile, o), url)...))
}

func chromiumArgs(profile string, o Options) []string {
	args := []string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync",
		"--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-breakpad",
		// Plain http is wanted where a test asks for it.
		"--disable-features=HttpsUpgrades,HttpsFirstBalancedMode,HttpsFirstBalancedModeAutoEnable",
		"--user-data-dir=" + profile,
	}
	if len(o.LoopbackHosts) > 0 {
		var rules []string
		for _, host := range o.LoopbackHosts {
			rules = append(rules, "MAP "+host+" 127.0.0.1")
		}
		args = append(args, "--host-resolver-rules="+strings.Join(rules, ","))
	}
	if o.Popups {
		args = append(args, "--disable-popup-blocking")
	}
	return append(args, o.Flags...)
}

func startFirefox(executable, profile, url string, o Options) ([]*process, error) {
	prefs := []string{
		`"browser.shell.checkDefaultBrowser", false`,
		`"browser.aboutwelcome.enabled", false`,
		`"datareporting.policy.dataSubmissionEnabled", false`,
		`"toolkit.telemetry.reportingpolicy.firstRun", false`,
		`"app.normandy.enabled", false`,
		`"app.update.enabled", false`,
		`"extensions.update.enabled", false`,
		`"browser.safebrowsing.malware.enabled", false`,
		`"browser.safebrowsing.phishing.enabled", false`,
		`"network.captive-portal-service.enabled", false`,
		`"network.connectivity-service.enabled", false`,
		`"dom.security.https_first", false`,
		`"dom.security.https_first_schemeless", false`,
		fmt.Sprintf(`"dom.disable_open_during_load", %t`, !o.Popups),
		fmt.Sprintf(`"network.dns.localDomains", %q`, strings.Join(o.LoopbackHosts, ",")),
	}
	var text strings.Builder
	for _, pref := range prefs {
		fmt.Fprintf(&text, "user_pref(%s);\n", pref)
	}
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(text.String()), 0o600); err != nil {
		return nil, fmt.Errorf("write the Firefox profile: %w", err)
	}
	cmd := exec.Command(executable, "--headless", "--no-remote", "--profile", profile, url)
	cmd.Env = append(os.Environ(), "HOME="+profile, "MOZ_CRASHREPORTER_DISABLE=1")
	return startAll(cmd)
}

// startWebKit runs MiniBrowser, which has no headless mode, on an X server of its own.
func startWebKit(executable, profile, url string, o Options) ([]*process, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	defer reader.Close()
	// Xvfb takes the first free display and writes its number to the descriptor.
	xvfb := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp")
	xvfb.ExtraFiles = []*os.File{writer}
	processes, err := startAll(xvfb)
	_ = writer.Close()
	if err != nil {
		return nil, err
	}
	display, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		return processes, fmt.Errorf("read the display number of Xvfb: %w", err)
	}
	cmd := exec.Command(executable, fmt.Sprintf("--javascript-can-open-windows-automatically=%t", o.Popups), url)
	cmd.Env = append(os.Environ(),
		"DISPLAY=:"+strings.TrimSpace(display), "GDK_BACKEND=x11", "HOME="+profile,
		"XDG_DATA_HOME="+profile, "XDG_CACHE_HOME="+profile, "XDG_CONFIG_HOME="+profile,
		"LIBGL_ALWAYS_SOFTWARE=1", "WEBKIT_DISABLE_COMPOSITING_MODE=1", "NO_AT_BRIDGE=1", "GSETTINGS_BACKEND=memory",
	)
	browser, err := startAll(cmd)
	return append(processes, browser...), err
}

func startAll(cmd *exec.Cmd) ([]*process, error) {
	p, err := startProcess(cmd)
	if err != nil {
		return nil, err
	}
	return []*process{p}, nil
}
