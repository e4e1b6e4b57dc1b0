package main

import (
	"net/http"
	"os"

	"github.com/labstack/echo/v4"
	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
)

type connectRequest struct {
	Program   string   `json:"program"`
	Arguments []string `json:"arguments"`
}

func connect(c echo.Context) error {
	req := new(connectRequest)
	if err := c.Bind(req); err != nil {
		return echo.NewHTTPError(http.StatusBadRequest, err.Error())
	}
	stdio := transport.NewStdio(os.Getenv("MCP_PROGRAM"), os.Environ(), "--stdio")
	mcpClient := client.NewClient(stdio)
	if err := mcpClient.Start(c.Request().Context()); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func main() {
	e := echo.New()
	e.POST("/connect", connect)
	e.Logger.Fatal(e.Start(":1323"))
}
