package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

const base = "/srv/notes"

func read(name string) (string, error) {
	data, err := os.ReadFile(filepath.Join(base, name))
	return string(data), err
}

func main() {
	s := server.NewMCPServer("notes", "1.0.0")
	tool := mcp.NewTool("read", mcp.WithString("name", mcp.Required()))
	s.AddTool(tool, func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		name, err := request.RequireString("name")
		if err != nil {
			return mcp.NewToolResultError(err.Error()), nil
		}
		text, err := read(name)
		if err != nil {
			return mcp.NewToolResultError("no such note"), nil
		}
		return mcp.NewToolResultText(text), nil
	})
	server.ServeStdio(s)
}
