package main

import (
	"context"
	"os/exec"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type Input struct {
	Host  string `json:"host"`
	Count int    `json:"count"`
}

func ping(ctx context.Context, host string) (string, error) {
	out, err := exec.CommandContext(ctx, "sh", "-c", "ping -c 1 "+host).CombinedOutput()
	return string(out), err
}

func handle(ctx context.Context, req *mcp.CallToolRequest, in Input) (*mcp.CallToolResult, any, error) {
	text, err := ping(ctx, in.Host)
	if err != nil {
		return nil, nil, err
	}
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil, nil
}

func main() {
	server := mcp.NewServer(&mcp.Implementation{Name: "ping"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "ping"}, handle)
	server.Run(context.Background(), &mcp.StdioTransport{})
}
