package session

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// Config is what createClient was given, without what concerns the page alone.
type Config struct {
	Issuer            string
	Server            string // JSON text of the metadata given, "" if none
	ClientID          string
	RedirectURI       string
	PopupRedirectURI  string // where popups and frames come back to; RedirectURI if not given
	PostLogoutURI     string
	Scope             string
	Params            []oauth.Param
	TokenParams       []oauth.Param // of code exchanges and refreshes; resource is in both
	ResponseMode      string        // "query" or "fragment"
	PAR               string        // "auto", "required" or "off"
	DPoP              string        // "off", "preferred" or "required"
	Policy            Policy
	Timeout           int64 // ms
	AllowLoopbackHTTP bool
	ExposeAccessToken bool
}

// ParseConfig reads a client's configuration from JSON text. Every problem is an
// error with the code config that names the option.
func ParseConfig(text string) (*Config, error) {
	o, err := oauth.ReadOptions(text, "config")
	if err != nil {
		return nil, err
	}
	defaults := DefaultPolicy()
	c := &Config{
		Issuer:            o.RequiredText("issuer"),
		Server:            o.Raw("server"),
		ClientID:          o.RequiredText("clientId"),
		RedirectURI:       o.RequiredText("redirectUri"),
		PopupRedirectURI:  o.Text("popupRedirectUri"),
		PostLogoutURI:     o.Text("postLogoutRedirectUri"),
		Scope:             o.Text("scope"),
		Params:            o.Params("params"),
		Timeout:           o.Whole("timeoutMs", 15*second),
		AllowLoopbackHTTP: o.Flag("allowLoopbackHttp", false),
		ExposeAccessToken: o.Flag("exposeAccessToken", true),
	}
	c.ResponseMode = o.Choice("responseMode", "query", "fragment")
	c.DPoP = o.Choice("dpop", "off", "preferred", "required")
	c.PAR = o.Choice("par", "auto", "required", "off")
	for _, resource := range o.Texts("resource") {
		c.Params = append(c.Params, oauth.Param{Name: "resource", Value: resource})
	}
	c.TokenParams = append(resources(c.Params), o.Params("tokenParams")...)
	refuse(o, c.Params, "max_age", "the option maxAge of signInRedirect")
	refresh := o.Group("refresh")
	c.Policy = Policy{
		Auto:            refresh.Flag("auto", defaults.Auto),
		Leeway:          refresh.Whole("leewaySeconds", defaults.Leeway/second) * second,
		Jitter:          refresh.Whole("jitterSeconds", defaults.Jitter/second) * second,
		DefaultLifetime: refresh.Whole("defaultLifetimeSeconds", defaults.DefaultLifetime/second) * second,
	}
	if c.Policy.Leeway > maxLeeway || c.Policy.Jitter > maxLeeway {
		refresh.Fail("leewaySeconds", "and jitterSeconds must be at most 3600")
	}
	if c.PopupRedirectURI == "" {
		c.PopupRedirectURI = c.RedirectURI
	}
	if c.Scope == "" {
		c.Scope = "openid"
	}
	o.Choice("storage", "memory", "session", "indexeddb") // the vault's business
	o.Ignore("transaction", "fetchOrigins")               // the page's business
	if err := refresh.Done(); err != nil {
		return nil, err
	}
	if err := o.Done(); err != nil {
		return nil, err
	}
	return c, c.check()
}

// resources are the parameters that belong into token requests too (RFC 8707 section 2.2).
func resources(params []oauth.Param) []oauth.Param {
	var resources []oauth.Param
	for _, param := range params {
		if param.Name == "resource" {
			resources = append(resources, param)
		}
	}
	return resources
}

// refuse refuses a parameter that there is an option for: as a parameter it would be
// sent, but what follows from it would be left out. The ID token would not be held
// against a max_age, no token request would have the resource.
func refuse(o *oauth.Options, params []oauth.Param, name, option string) {
	for _, param := range params {
		if param.Name == name {
			o.Fail("params."+name, "must be given as "+option)
		}
	}
}

func (c *Config) policy() oauth.Policy { return oauth.Policy{AllowLoopbackHTTP: c.AllowLoopbackHTTP} }

func (c *Config) check() error {
	if c.Timeout < 1 {
		return oauth.ConfigError("timeoutMs", "must be at least 1")
	}
	if err := oauth.CheckParams("tokenParams", c.TokenParams); err != nil {
		return err
	}
	if c.Server != "" {
		if _, err := (&oauth.Server{Issuer: c.Issuer}).With([]byte(c.Server), c.policy()); err != nil {
			return err
		}
	}
	if err := oauth.CheckRedirectURI(c.PopupRedirectURI, c.policy()); err != nil {
		return err
	}
	return oauth.CheckRedirectURI(c.RedirectURI, c.policy())
}
