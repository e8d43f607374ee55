module github.com/pkcewasm/pkcewasm/demo

go 1.26

require (
	github.com/luikyv/go-oidc v0.20.0
	github.com/stretchr/testify v1.11.1
)

require (
	github.com/davecgh/go-spew v1.1.1 // indirect
	github.com/go-jose/go-jose/v4 v4.1.4 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/pmezard/go-difflib v1.0.0 // indirect
	golang.org/x/crypto v0.52.0 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)
