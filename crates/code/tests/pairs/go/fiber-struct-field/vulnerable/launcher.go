package main

import (
	"context"
	"os/exec"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type Launcher struct {
	program string
	args    []string
}

func NewLauncher(program string, args []string) *Launcher {
	return &Launcher{program: program, args: args}
}

func (l *Launcher) Open(ctx context.Context) (*mcp.ClientSession, error) {
	cmd := exec.CommandContext(ctx, l.program, l.args...)
	client := mcp.NewClient(&mcp.Implementation{Name: "hub"}, nil)
	return client.Connect(ctx, &mcp.CommandTransport{Command: cmd}, nil)
}
