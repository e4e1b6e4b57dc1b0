package main

import (
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func main() {
	server := mcp.NewServer(&mcp.Implementation{Name: "notes"}, nil)
	pick := func(*http.Request) *mcp.Server { return server }
	handler := mcp.NewStreamableHTTPHandler(pick, &mcp.StreamableHTTPOptions{DisableLocalhostProtection: true})
	http.ListenAndServe("127.0.0.1:8080", handler)
}
