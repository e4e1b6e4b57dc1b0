// Reads one JSON text per line from standard input and says what it holds, in the words of tests/readers.rs.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"sort"
	"strconv"
	"strings"
)

func said(value any) string {
	switch value := value.(type) {
	case nil:
		return "n"
	case bool:
		if value {
			return "t"
		}
		return "f"
	case json.Number:
		number, err := strconv.ParseFloat(value.String(), 64)
		if err != nil {
			panic(err)
		}
		if number == 0 {
			number = math.Copysign(number, 1)
		}
		return fmt.Sprintf("#%016x", math.Float64bits(number))
	case string:
		return "\"" + hex.EncodeToString([]byte(value))
	case []any:
		var out strings.Builder
		for _, element := range value {
			out.WriteString(said(element) + ",")
		}
		return "[" + out.String() + "]"
	}
	members := []string{}
	for name, element := range value.(map[string]any) {
		members = append(members, hex.EncodeToString([]byte(name))+"!"+said(element)+",")
	}
	sort.Strings(members)
	return "{" + strings.Join(members, "") + "}"
}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.UseNumber()
		var value any
		if err := decoder.Decode(&value); err != nil {
			panic(err)
		}
		fmt.Fprintln(out, said(value))
	}
}
