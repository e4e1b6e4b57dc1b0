package main

import (
	"net/http"
	"os"
	"os/exec"

	"github.com/gin-gonic/gin"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type envBody struct {
	Env map[string]string `json:"env"`
}

func run(c *gin.Context) {
	var body envBody
	if err := c.ShouldBindBodyWithJSON(&body); err != nil {
		c.AbortWithStatus(http.StatusBadRequest)
		return
	}
	cmd := exec.Command("node", "/opt/mcp/server.js")
	cmd.Env = os.Environ()
	for key, value := range body.Env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "env"}, nil)
	session, err := client.Connect(c, &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		c.AbortWithStatus(http.StatusBadGateway)
		return
	}
	session.Close()
}

func main() {
	r := gin.New()
	r.POST("/run", run)
	r.Run(":8080")
}
