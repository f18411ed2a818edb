// boxo does what an IPFS node does, with the library that Kubo is made of, so that the tests have a peer that others
// wrote. Each command prints one line for each thing it made: its CID, and then what it is.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// A command reads its flags and then does its work; what is left of the arguments comes from flags.Args.
type command struct {
	usage string
	run   func(ctx context.Context, flags *flag.FlagSet, arguments []string) error
}

var commands = map[string]command{
	"cid":      {"[--profile NAME] PATH... | --stdin0    the CIDs of files and folders; nothing is stored", runCid},
	"add":      {"--repo DIR [--profile NAME] PATH...    the same, and stores the blocks", runAdd},
	"hamt":     {"--repo DIR --entries N [--fanout N]    stores a folder in shards, with N small files", runHamt},
	"identity": {"--repo DIR                             stores a folder with a file that is inlined in its CID", runIdentity},
	"cbor":     {"--repo DIR                             stores a dag-cbor node that links to a file", runCbor},
	"import":   {"--repo DIR FILE.car...                 stores the blocks of CARs", runImport},
	"export":   {"--repo DIR -o FILE.car CID             writes everything below a CID into a CARv1", runExport},
	"has":      {"--repo DIR CID...                      says which of these blocks are stored", runHas},
	"serve":    {"--repo DIR [--listen HOST:PORT]        is a gateway until it is stopped", runServe},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "boxo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) == 0 {
		return usage()
	}
	chosen, found := commands[arguments[0]]
	if !found {
		return usage()
	}
	return chosen.run(ctx, flag.NewFlagSet(arguments[0], flag.ContinueOnError), arguments[1:])
}

func usage() error {
	for name, command := range commands {
		fmt.Fprintf(os.Stderr, "boxo %-8s %s\n", name, command.usage)
	}
	return errors.New("which of these?")
}
