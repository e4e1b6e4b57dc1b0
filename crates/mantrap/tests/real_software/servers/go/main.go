// Command server is the smallest server on the official Go SDK, for the jail's tests of real software.
package main

import (
	"context"
	"log"
	"os"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type file struct {
	Path string `json:"path"`
}

type text struct {
	Text string `json:"text"`
}

func main() {
	server := mcp.NewServer(&mcp.Implementation{Name: "go-reader", Version: "1.0.0"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "read", Description: "Reads a file"},
		func(_ context.Context, _ *mcp.CallToolRequest, in file) (*mcp.CallToolResult, text, error) {
			bytes, err := os.ReadFile(in.Path)
			return nil, text{string(bytes)}, err
		})
	if err := server.Run(context.Background(), &mcp.StdioTransport{}); err != nil {
		log.Fatal(err)
	}
}
