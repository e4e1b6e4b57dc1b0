package launch

import (
	"context"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
)

type Spec struct {
	Command string
	Args    []string
}

type Manager struct{}

var catalogue = map[string]Spec{
	"github": {Command: "/usr/local/bin/github-mcp", Args: []string{"stdio"}},
}

func Named(name string) Spec {
	return catalogue[name]
}

func (m *Manager) Preview(ctx context.Context, spec Spec) (*mcp.ListToolsResult, error) {
	c, err := client.NewStdioMCPClient(spec.Command, nil, spec.Args...)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.ListTools(ctx, mcp.ListToolsRequest{})
}
