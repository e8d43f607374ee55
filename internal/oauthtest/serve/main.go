// Command serve runs the test server until it is interrupted, for scripts that
// are not Go. It prints "READY issuer http://..." and is driven by the control
// API below /control/.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

func main() {
	rotation := flag.String("rotation", string(oauthtest.Strict), "none, same, rotate, strict, alternate or grace=SECONDS")
	lifetime := flag.Int64("ttl", 300, "seconds that an access token lives")
	flag.Parse()
	server, err := oauthtest.Start(oauthtest.Options{Settings: oauthtest.Settings{
		Rotation: oauthtest.Rotation(*rotation), AccessTokenSeconds: *lifetime,
	}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("READY issuer " + server.Issuer)
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	<-interrupted
	server.Close()
}
