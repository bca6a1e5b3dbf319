// Checks a log with golang.org/x/mod/sumdb: its checkpoint, every leaf and tile, and the proofs of some leaves and sizes.
//
//	main FOLDER VKEY [OLDER-SIZE ...]
//
// Prints the proofs that Go makes of them as JSON; ends with 1, and says why, when something does not hold.
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
)

type answer struct {
	Origin  string              `json:"origin"`
	Size    int64               `json:"size"`
	Records map[string][]string `json:"records"`
	Trees   map[string][]string `json:"trees"`
}

func main() {
	found, err := check(os.Args[1], os.Args[2], os.Args[3:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(folder, vkey string, older []string) (*answer, error) {
	origin, tree, err := checkpoint(folder, vkey)
	if err != nil {
		return nil, err
	}
	found := &answer{Origin: origin, Size: tree.N, Records: map[string][]string{}, Trees: map[string][]string{}}
	if tree.N == 0 {
		if tree.Hash != tlog.Hash(sha256.Sum256(nil)) {
			return nil, errors.New("the root of the empty tree is wrong")
		}
		return found, nil
	}
	hashes := tlog.TileHashReader(tree, &tiles{folder})
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return nil, err
	}
	if root != tree.Hash {
		return nil, errors.New("the root of the tiles is not that of the checkpoint")
	}
	leaves, err := records(folder, tree.N)
	if err != nil {
		return nil, err
	}
	if err := everyLeaf(leaves, hashes); err != nil {
		return nil, err
	}
	for _, index := range chosen(tree.N) {
		proof, err := tlog.ProveRecord(tree.N, index, hashes)
		if err != nil {
			return nil, err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaves[index])); err != nil {
			return nil, err
		}
		found.Records[strconv.FormatInt(index, 10)] = encoded(proof)
	}
	for _, text := range older {
		size, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, err
		}
		proof, err := consistency(tree, size, hashes)
		if err != nil {
			return nil, err
		}
		found.Trees[text] = proof
	}
	return found, nil
}

func checkpoint(folder, vkey string) (string, tlog.Tree, error) {
	data, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return "", tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return "", tlog.Tree{}, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return "", tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return "", tlog.Tree{}, errors.New("the checkpoint is not three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return "", tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return lines[0], tlog.Tree{N: size, Hash: root}, err
}

func everyLeaf(leaves [][]byte, hashes tlog.HashReader) error {
	indexes := make([]int64, len(leaves))
	for at := range leaves {
		indexes[at] = tlog.StoredHashIndex(0, int64(at))
	}
	stored, err := hashes.ReadHashes(indexes)
	if err != nil {
		return err
	}
	for at, leaf := range leaves {
		if stored[at] != tlog.RecordHash(leaf) {
			return fmt.Errorf("leaf %d is not the one of the tree", at)
		}
	}
	return nil
}

func consistency(tree tlog.Tree, size int64, hashes tlog.HashReader) ([]string, error) {
	root, err := tlog.TreeHash(size, hashes)
	if err != nil {
		return nil, err
	}
	proof, err := tlog.ProveTree(tree.N, size, hashes)
	if err != nil {
		return nil, err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, size, root); err != nil {
		return nil, err
	}
	return append([]string{base64.StdEncoding.EncodeToString(root[:])}, encoded(proof)...), nil
}

// chosen gives the indexes whose proofs are made: both ends, the middle and the edges of tiles.
func chosen(size int64) []int64 {
	var indexes []int64
	for _, index := range []int64{0, 1, 2, 254, 255, 256, 511, 65279, 65535, 65536, size / 2, size - 2, size - 1} {
		if index >= 0 && index < size {
			indexes = append(indexes, index)
		}
	}
	return indexes
}

func encoded[H ~[32]byte, P ~[]H](proof P) []string {
	texts := []string{}
	for _, hash := range proof {
		texts = append(texts, base64.StdEncoding.EncodeToString(hash[:]))
	}
	return texts
}

// tiles reads the tiles of a C2SP folder for Go, which names them with the height of a tile before the level.
type tiles struct{ folder string }

func (t *tiles) Height() int { return height }

func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t *tiles) ReadTiles(asked []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range asked {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.folder, path))
		if errors.Is(err, fs.ErrNotExist) {
			path, _, _ = strings.Cut(path, ".p/")
			data, err = os.ReadFile(filepath.Join(t.folder, path))
		}
		if err != nil {
			return nil, err
		}
		if len(data) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s is too short", path)
		}
		all = append(all, data[:tile.W*tlog.HashSize])
	}
	return all, nil
}

func records(folder string, size int64) ([][]byte, error) {
	var leaves [][]byte
	for number := int64(0); number*width < size; number++ {
		count := size - number*width
		if count > width {
			count = width
		}
		tile := tlog.Tile{H: height, L: -1, N: number, W: int(count)}
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/data/", height), "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(folder, path))
		if err != nil {
			return nil, err
		}
		for len(data) > 0 {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("%s ends within a leaf", path)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			leaves = append(leaves, data[2:end])
			data = data[end:]
		}
	}
	if int64(len(leaves)) != size {
		return nil, fmt.Errorf("there are %d leaves, not %d", len(leaves), size)
	}
	return leaves, nil
}
