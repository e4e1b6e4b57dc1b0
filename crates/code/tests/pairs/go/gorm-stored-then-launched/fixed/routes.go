package main

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/mark3labs/mcp-go/client"
)

type createBody struct {
	Name    string `json:"name"`
	Command string `json:"command"`
	Args    string `json:"args"`
}

var programs = map[string]string{"notes": "/opt/mcp/notes"}

func routes(engine *gin.Engine, repository *Repository) {
	engine.POST("/servers", func(c *gin.Context) {
		var body createBody
		if c.BindJSON(&body) != nil {
			return
		}
		row := &Server{Name: body.Name, Command: programs[body.Name], Args: "--stdio"}
		if err := repository.Save(row); err != nil {
			c.Status(http.StatusInternalServerError)
		}
	})
	engine.POST("/servers/:id/start", func(c *gin.Context) {
		row, err := repository.Load(c.Param("id"))
		if err != nil {
			c.Status(http.StatusNotFound)
			return
		}
		started, err := client.NewStdioMCPClient(row.Command, nil, strings.Fields(row.Args)...)
		if err != nil {
			c.Status(http.StatusBadGateway)
			return
		}
		sessions[row.Name] = started
	})
}

var sessions = map[string]*client.Client{}
