// Verifies an exported journal with golang.org/x/mod/sumdb, which is not ours: interop OLD NEW PROOFS
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// export is a directory in the form of c2sp.org/tlog-tiles.
type export struct {
	dir  string
	tree tlog.Tree
}

func (e export) Height() int { return 8 }

func (e export) SaveTiles([]tlog.Tile, [][]byte) {}

func (e export) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		// Go's own paths carry the height: tile/8/0/000.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(e.dir, path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func open(dir string) export {
	vkey, err := os.ReadFile(filepath.Join(dir, "vkey"))
	check(err)
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	check(err)
	return export{dir, tree(filepath.Join(dir, "checkpoint"), verifier)}
}

func tree(path string, verifier note.Verifier) tlog.Tree {
	text, err := os.ReadFile(path)
	check(err)
	return parse(text, verifier)
}

func parse(text []byte, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open(text, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() {
		log.Fatalf("origin %q is not the key's name %q", lines[0], verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	return tlog.Tree{N: size, Hash: hash(lines[2])}
}

func hash(text string) tlog.Hash {
	var h tlog.Hash
	bytes, err := base64.StdEncoding.DecodeString(text)
	check(err)
	copy(h[:], bytes)
	return h
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	old, now := open(os.Args[1]), open(os.Args[2])
	reader := tlog.TileHashReader(now.tree, now)
	var records [][]byte
	for number := int64(0); number*256 < now.tree.N; number++ {
		path := strings.Replace(tlog.Tile{H: 8, L: -1, N: number, W: int(min(256, now.tree.N-number*256))}.Path(), "tile/8/data/", "tile/entries/", 1)
		bundle, err := os.ReadFile(filepath.Join(now.dir, path))
		check(err)
		for len(bundle) > 0 {
			length := binary.BigEndian.Uint16(bundle)
			records = append(records, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
	}
	if int64(len(records)) != now.tree.N {
		log.Fatalf("%d records, the checkpoint says %d", len(records), now.tree.N)
	}
	for index, record := range records {
		proof, err := tlog.ProveRecord(now.tree.N, int64(index), reader)
		check(err)
		check(tlog.CheckRecord(proof, now.tree.N, now.tree.Hash, int64(index), tlog.RecordHash(record)))
	}
	proof, err := tlog.ProveTree(now.tree.N, old.tree.N, reader)
	check(err)
	check(tlog.CheckTree(proof, now.tree.N, now.tree.Hash, old.tree.N, old.tree.Hash))

	vkey, err := os.ReadFile(filepath.Join(now.dir, "vkey"))
	check(err)
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	check(err)
	paths, err := filepath.Glob(filepath.Join(os.Args[3], "*.tlog-proof"))
	check(err)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		check(err)
		head, signed, _ := bytes.Cut(text, []byte("\n\n"))
		lines := strings.Split(string(head), "\n")
		index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
		check(err)
		var hashes tlog.RecordProof
		for _, line := range lines[2:] {
			hashes = append(hashes, hash(line))
		}
		at := parse(signed, verifier)
		check(tlog.CheckRecord(hashes, at.N, at.Hash, index, tlog.RecordHash(records[index])))
	}
	fmt.Printf("verified %d records, %d inclusion proofs of ours and 1 consistency proof\n", now.tree.N, len(paths))
}
