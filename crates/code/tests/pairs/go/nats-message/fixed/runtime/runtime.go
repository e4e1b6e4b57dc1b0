package runtime

import (
	"log"

	"github.com/mark3labs/mcp-go/client"
)

type ServerConfig struct {
	Command string   `json:"command"`
	Args    []string `json:"args"`
	Env     []string `json:"env"`
}

var Default = ServerConfig{Command: "/opt/mcp/agent", Args: []string{"serve"}}

func Start(config ServerConfig) {
	c, err := client.NewStdioMCPClient(config.Command, config.Env, config.Args...)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close()
}
