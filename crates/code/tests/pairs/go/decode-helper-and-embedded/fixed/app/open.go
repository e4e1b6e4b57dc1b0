package app

import (
	"context"

	"github.com/mark3labs/mcp-go/client"
)

func (a *App) open(ctx context.Context, s StdioServer) error {
	c, err := client.NewStdioMCPClient(s.Command, nil, s.Args...)
	if err != nil {
		return err
	}
	return c.Start(ctx)
}
