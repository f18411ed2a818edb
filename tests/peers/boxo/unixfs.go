package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	chunker "github.com/ipfs/boxo/chunker"
	"github.com/ipfs/boxo/ipld/unixfs/importer/balanced"
	"github.com/ipfs/boxo/ipld/unixfs/importer/helpers"
	uio "github.com/ipfs/boxo/ipld/unixfs/io"
	ipld "github.com/ipfs/go-ipld-format"
)

var profiles = map[string]uio.UnixFSProfile{
	"v1-2025":   uio.UnixFS_v1_2025,
	"legacy-v0": uio.UnixFS_v0_2015,
}

// chosenProfile adds its flags; the profile is to be asked for once they were read.
func chosenProfile(flags *flag.FlagSet) func() (uio.UnixFSProfile, error) {
	name := flags.String("profile", "v1-2025", "v1-2025 or legacy-v0")
	version := flags.Int("cid-version", -1, "0 or 1; by default that of the profile")
	return func() (uio.UnixFSProfile, error) {
		profile, found := profiles[*name]
		if !found {
			return profile, fmt.Errorf("no such profile: %s", *name)
		}
		if *version == 0 && profile.RawLeaves {
			return profile, errors.New("a CIDv0 cannot name a raw leaf; take --profile legacy-v0")
		}
		if *version >= 0 {
			profile.CIDVersion = *version
		}
		// Some of the importer's numbers are variables of its package. One process imports with one profile.
		profile.ApplyGlobals()
		return profile, nil
	}
}

func runCid(ctx context.Context, flags *flag.FlagSet, arguments []string) error {
	choose := chosenProfile(flags)
	stdin := flags.Bool("stdin0", false, "read paths from the standard input, each ended by a zero byte")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	profile, err := choose()
	if err != nil {
		return err
	}
	if *stdin {
		return answer(ctx, importer{profile, hashOnly{}}, os.Stdin)
	}
	return printCids(ctx, importer{profile, hashOnly{}}, flags.Args())
}

func runAdd(ctx context.Context, flags *flag.FlagSet, arguments []string) error {
	choose := chosenProfile(flags)
	repo, err := openRepo(flags, arguments)
	if err != nil {
		return err
	}
	profile, err := choose()
	if err != nil {
		return err
	}
	// As Kubo does it: blocks are collected and written many at a time.
	buffered := ipld.NewBufferedDAG(ctx, repo.dag)
	return errors.Join(
		printCids(ctx, importer{profile, buffered}, flags.Args()), buffered.Commit(), repo.close())
}

func printCids(ctx context.Context, into importer, paths []string) error {
	for _, path := range paths {
		node, err := into.path(ctx, path)
		if err != nil {
			return err
		}
		fmt.Println(node.Cid(), path)
	}
	return nil
}

// answer prints a line for each path as soon as it was read: a CID, or `error: why`.
func answer(ctx context.Context, into importer, paths io.Reader) error {
	lines := bufio.NewReader(paths)
	for {
		path, err := lines.ReadString(0)
		if errors.Is(err, io.EOF) && path == "" {
			return nil
		}
		if err != nil {
			return err
		}
		if node, err := into.path(ctx, path[:len(path)-1]); err != nil {
			fmt.Println("error:", err)
		} else {
			fmt.Println(node.Cid())
		}
	}
}

// hashOnly forgets what is added, as `ipfs add --only-hash` does.
type hashOnly struct{ ipld.DAGService }

func (hashOnly) Add(context.Context, ipld.Node) error       { return nil }
func (hashOnly) AddMany(context.Context, []ipld.Node) error { return nil }

type importer struct {
	profile uio.UnixFSProfile
	dag     ipld.DAGService
}

func (into importer) path(ctx context.Context, path string) (ipld.Node, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return into.folder(ctx, path)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is neither a file nor a folder", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return into.file(file)
}

func (into importer) file(content io.Reader) (ipld.Node, error) {
	params := helpers.DagBuilderParams{
		Dagserv:    into.dag,
		RawLeaves:  into.profile.RawLeaves,
		Maxlinks:   into.profile.FileDAGWidth,
		CidBuilder: into.profile.CidBuilder(),
	}
	builder, err := params.New(chunker.NewSizeSplitter(content, into.profile.ChunkSize))
	if err != nil {
		return nil, err
	}
	return balanced.Layout(builder)
}

// folder includes hidden files, as `ipfs add --hidden` does, and becomes shards when it is too large for one block.
func (into importer) folder(ctx context.Context, path string) (ipld.Node, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	folder, err := uio.NewDirectory(into.dag, uio.WithCidBuilder(into.profile.CidBuilder()))
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		child, err := into.path(ctx, filepath.Join(path, entry.Name()))
		if err != nil {
			return nil, err
		}
		if err := folder.AddChild(ctx, entry.Name(), child); err != nil {
			return nil, err
		}
	}
	node, err := folder.GetNode()
	if err != nil {
		return nil, err
	}
	return node, into.dag.Add(ctx, node)
}
