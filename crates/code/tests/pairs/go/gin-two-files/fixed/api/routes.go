package api

import (
	"net/http"

	"example.com/hub/internal/launch"
	"github.com/gin-gonic/gin"
)

type AddServer struct {
	Name    string            `json:"name" binding:"required"`
	Command string            `json:"command"`
	Args    []string          `json:"args"`
	Env     map[string]string `json:"env"`
}

func Register(router *gin.Engine, manager *launch.Manager) {
	router.POST("/mcp/preview", func(c *gin.Context) {
		var body AddServer
		if err := c.ShouldBindJSON(&body); err != nil {
			c.JSON(http.StatusBadRequest, gin.H{"error": err.Error()})
			return
		}
		tools, err := manager.Preview(c, launch.Named(body.Name))
		if err != nil {
			c.JSON(http.StatusBadGateway, gin.H{"error": err.Error()})
			return
		}
		c.JSON(http.StatusOK, tools)
	})
}
