package main

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/mark3labs/mcp-go/client"
)

var images = map[string]string{"fetch": "mcp/fetch@sha256:0f1c", "time": "mcp/time@sha256:77ab"}

func open(w http.ResponseWriter, r *http.Request) {
	image, ok := images[chi.URLParam(r, "name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	c, err := client.NewStdioMCPClient("docker", nil, "run", "-i", "--rm", image)
	if err != nil {
		http.Error(w, err.Error(), 502)
		return
	}
	defer c.Close()
}

func main() {
	r := chi.NewRouter()
	r.Get("/open/{name}", open)
	http.ListenAndServe(":8080", r)
}
