package main

import (
	"encoding/json"
	"io"
	"net/http"
)

type order struct {
	Command string
	Args    []string
}

func main() {
	p := newPool()
	http.HandleFunc("/orders", func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		var o order
		if err := json.Unmarshal(raw, &o); err != nil {
			return
		}
		p.jobs <- job{command: o.Command, args: o.Args}
	})
	http.ListenAndServe(":9000", nil)
}
