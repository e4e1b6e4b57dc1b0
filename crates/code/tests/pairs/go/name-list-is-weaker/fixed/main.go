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

var manifest = map[string][]string{"files": {"/opt/mcp/files", "--root", "/srv"}}

func start(c *gin.Context) {
	var body request
	if err := c.ShouldBindJSON(&body); err != nil {
		c.AbortWithStatus(http.StatusBadRequest)
		return
	}
	argv, known := manifest[body.Name]
	if !known {
		c.AbortWithStatus(http.StatusForbidden)
		return
	}
	mcpClient, err := client.NewStdioMCPClient(argv[0], nil, argv[1:]...)
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
