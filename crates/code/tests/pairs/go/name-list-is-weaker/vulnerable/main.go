package main

import (
	"net/http"
	"path/filepath"

	"github.com/gin-gonic/gin"
	"github.com/mark3labs/mcp-go/client"
)

type request struct {
	Name    string   `json:"name"`
	Command string   `json:"command"`
	Args    []string `json:"args"`
}

var allowedCommands = map[string]bool{"npx": true, "uvx": true, "python3": true}

func start(c *gin.Context) {
	var body request
	if err := c.ShouldBindJSON(&body); err != nil {
		c.AbortWithStatus(http.StatusBadRequest)
		return
	}
	if !allowedCommands[filepath.Base(body.Command)] {
		c.AbortWithStatus(http.StatusForbidden)
		return
	}
	mcpClient, err := client.NewStdioMCPClient(body.Command, nil, body.Args...)
	if err != nil {
		c.AbortWithStatus(http.StatusBadGateway)
		return
	}
	defer mcpClient.Close()
}

func main() {
	r := gin.Default()
	r.POST("/start", start)
	r.Run()
}
