package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	car "github.com/ipld/go-car/v2"
	carstorage "github.com/ipld/go-car/v2/storage"
	// Codecs whose links an export follows.
	_ "github.com/ipld/go-ipld-prime/codec/dagcbor"
)

// runImport checks every hash, as the CAR reader does by default, and prints the roots.
func runImport(ctx context.Context, flags *flag.FlagSet, arguments []string) error {
	repo, err := openRepo(flags, arguments)
	if err != nil {
		return err
	}
	for _, path := range flags.Args() {
		if err := importCar(ctx, repo, path); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return repo.close()
}

func importCar(ctx context.Context, repo *repo, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	reader, err := car.NewBlockReader(file)
	if err != nil {
		return err
	}
	for {
		block, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := repo.blocks.Put(ctx, block); err != nil {
			return err
		}
	}
	for _, root := range reader.Roots {
		fmt.Println(root, path)
	}
	return nil
}

func runExport(ctx context.Context, flags *flag.FlagSet, arguments []string) error {
	path := flags.String("o", "", "the CAR to write")
	repo, err := openRepo(flags, arguments)
	if err != nil {
		return err
	}
	if flags.NArg() != 1 || *path == "" {
		return errors.New("one CID and -o FILE.car")
	}
	root, err := cid.Decode(flags.Arg(0))
	if err != nil {
		return err
	}
	file, err := os.Create(*path)
	if err != nil {
		return err
	}
	out, err := carstorage.NewWritable(file, []cid.Cid{root}, car.WriteAsCarV1(true))
	if err != nil {
		return err
	}
	err = writeDag(ctx, repo.dag, root, cid.NewSet(), out)
	return errors.Join(err, out.Finalize(), file.Close(), repo.close())
}

// writeDag goes depth first, each block once.
func writeDag(
	ctx context.Context, dag ipld.NodeGetter, name cid.Cid, seen *cid.Set, out carstorage.WritableCar,
) error {
	if !seen.Visit(name) {
		return nil
	}
	node, err := dag.Get(ctx, name)
	if err != nil {
		return err
	}
	if err := out.Put(ctx, name.KeyString(), node.RawData()); err != nil {
		return err
	}
	for _, link := range node.Links() {
		if err := writeDag(ctx, dag, link.Cid, seen, out); err != nil {
			return err
		}
	}
	return nil
}

// runHas prints each CID with `yes` or `no`.
func runHas(ctx context.Context, flags *flag.FlagSet, arguments []string) error {
	repo, err := openRepo(flags, arguments)
	if err != nil {
		return err
	}
	for _, text := range flags.Args() {
		name, err := cid.Decode(text)
		if err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
		found, err := repo.blocks.Has(ctx, name)
		if err != nil {
			return err
		}
		word := "no"
		if found {
			word = "yes"
		}
		fmt.Println(text, word)
	}
	return repo.close()
}
