package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/ipfs/boxo/ipld/merkledag"
	uio "github.com/ipfs/boxo/ipld/unixfs/io"
	"github.com/ipfs/go-cid"
	cbor "github.com/ipfs/go-ipld-cbor"
	ipld "github.com/ipfs/go-ipld-format"
	mh "github.com/multiformats/go-multihash"
)

// runHamt stores `entry-00000.txt` with the content `entry 0` and so on: "entry ", the number, no line end.
func runHamt(ctx context.Context, flags *flag.FlagSet, arguments []string) error {
	entries := flags.Int("entries", 1000, "files in the folder")
	fanout := flags.Int("fanout", 256, "slots of one shard; a power of two")
	repo, err := openRepo(flags, arguments)
	if err != nil {
		return err
	}
	buffered := ipld.NewBufferedDAG(ctx, repo.dag)
	into := importer{uio.UnixFS_v1_2025, buffered}
	into.profile.ApplyGlobals()
	folder, err := uio.NewHAMTDirectory(
		buffered, 0, uio.WithCidBuilder(into.profile.CidBuilder()), uio.WithMaxHAMTFanout(*fanout))
	if err != nil {
		return err
	}
	for number := range *entries {
		file, err := into.file(strings.NewReader(fmt.Sprintf("entry %d", number)))
		if err != nil {
			return err
		}
		if err := folder.AddChild(ctx, fmt.Sprintf("entry-%05d.txt", number), file); err != nil {
			return err
		}
	}
	return errors.Join(finishFolder(ctx, buffered, folder), buffered.Commit(), repo.close())
}

// runIdentity stores a folder of `inline.txt`, whose CID is its content, and `stored.txt`, which is a block.
func runIdentity(ctx context.Context, flags *flag.FlagSet, arguments []string) error {
	repo, err := openRepo(flags, arguments)
	if err != nil {
		return err
	}
	uio.UnixFS_v1_2025.ApplyGlobals()
	inline, err := merkledag.NewRawNodeWPrefix(
		[]byte("inlined in its name"), cid.V1Builder{Codec: cid.Raw, MhType: mh.IDENTITY})
	if err != nil {
		return err
	}
	stored, err := importer{uio.UnixFS_v1_2025, repo.dag}.file(strings.NewReader("stored in a block"))
	if err != nil {
		return err
	}
	folder, err := uio.NewDirectory(repo.dag, uio.WithCidBuilder(uio.UnixFS_v1_2025.CidBuilder()))
	if err != nil {
		return err
	}
	err = errors.Join(
		folder.AddChild(ctx, "inline.txt", inline),
		folder.AddChild(ctx, "stored.txt", stored),
		finishFolder(ctx, repo.dag, folder),
		repo.close())
	fmt.Println(inline.Cid(), "inline.txt")
	fmt.Println(stored.Cid(), "stored.txt")
	return err
}

// runCbor stores {"file": link, "name": "linked.txt"} and the file that it links to.
func runCbor(ctx context.Context, flags *flag.FlagSet, arguments []string) error {
	repo, err := openRepo(flags, arguments)
	if err != nil {
		return err
	}
	file, err := importer{uio.UnixFS_v1_2025, repo.dag}.file(strings.NewReader("linked from dag-cbor"))
	if err != nil {
		return err
	}
	node, err := cbor.WrapObject(map[string]any{"file": file.Cid(), "name": "linked.txt"}, mh.SHA2_256, -1)
	if err != nil {
		return err
	}
	fmt.Println(node.Cid(), "node")
	fmt.Println(file.Cid(), "linked.txt")
	return errors.Join(repo.dag.Add(ctx, node), repo.close())
}

func finishFolder(ctx context.Context, dag ipld.DAGService, folder uio.Directory) error {
	node, err := folder.GetNode()
	if err != nil {
		return err
	}
	fmt.Println(node.Cid(), "folder")
	return dag.Add(ctx, node)
}
