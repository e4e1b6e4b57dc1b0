package stdio

import (
	"context"
	"os/exec"

	"example.com/gateway/core"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type ProcessLauncher struct{}

func (p *ProcessLauncher) Launch(d core.Definition) error {
	client := mcp.NewClient(&mcp.Implementation{Name: "gateway"}, nil)
	transport := &mcp.CommandTransport{Command: exec.Command(d.Path, d.Argv...)}
	session, err := client.Connect(context.Background(), transport, nil)
	if err != nil {
		return err
	}
	return session.Close()
}
