package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"

	"github.com/ipfs/boxo/gateway"
)

// runServe prints its address first: with port 0 the system chooses one that is free.
func runServe(ctx context.Context, flags *flag.FlagSet, arguments []string) error {
	listen := flags.String("listen", "127.0.0.1:0", "address of the gateway")
	repo, err := openRepo(flags, arguments)
	if err != nil {
		return err
	}
	backend, err := gateway.NewBlocksBackend(repo.service)
	if err != nil {
		return err
	}
	config := gateway.Config{DeserializedResponses: true, NoDNSLink: true, DisableHTMLErrors: true}
	mux := http.NewServeMux()
	mux.Handle("/ipfs/", gateway.NewHandler(config, backend))
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	fmt.Printf("listening http://%s\n", listener.Addr())
	server := &http.Server{Handler: mux}
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	select {
	case err = <-stopped:
	case <-ctx.Done():
		err = server.Close()
	}
	return errors.Join(err, repo.close())
}
