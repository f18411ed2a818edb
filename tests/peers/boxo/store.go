package main

import (
	"errors"
	"flag"

	"github.com/ipfs/boxo/blockservice"
	"github.com/ipfs/boxo/blockstore"
	"github.com/ipfs/boxo/exchange/offline"
	"github.com/ipfs/boxo/ipld/merkledag"
	flatfs "github.com/ipfs/go-ds-flatfs"
	ipld "github.com/ipfs/go-ipld-format"
)

// repo is a block store as `ipfs init` makes it: one file a block, synced, in folders by the next-to-last two letters.
type repo struct {
	blocks  blockstore.Blockstore
	service blockservice.BlockService
	dag     ipld.DAGService
	close   func() error
}

// openRepo reads the flags, which must name the folder.
func openRepo(flags *flag.FlagSet, arguments []string) (*repo, error) {
	folder := flags.String("repo", "", "folder of the block store")
	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	if *folder == "" {
		return nil, errors.New("--repo names the folder of the block store")
	}
	files, err := flatfs.CreateOrOpen(*folder, flatfs.NextToLast(2), true)
	if err != nil {
		return nil, err
	}
	// An identity CID holds its block itself: it is read from there, and never stored.
	blocks := blockstore.NewIdStore(blockstore.NewBlockstore(files, blockstore.NoPrefix()))
	service := blockservice.New(blocks, offline.Exchange(blocks))
	return &repo{blocks, service, merkledag.NewDAGService(service), files.Close}, nil
}
