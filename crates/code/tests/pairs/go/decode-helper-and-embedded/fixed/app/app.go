package app

import (
	"context"
	"net/http"

	"example.com/studio/httpx"
	"github.com/mark3labs/mcp-go/client"
)

type Base struct {
	ID string
}

type StdioServer struct {
	Base
	Command string
	Args    []string
}

type App struct {
	Builtin map[string]StdioServer
}

func (a *App) Tools(w http.ResponseWriter, r *http.Request) {
	var server StdioServer
	if err := httpx.Decode(r, &server); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := a.open(r.Context(), a.Builtin[server.ID]); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
	}
}

func New() *App {
	return &App{Builtin: map[string]StdioServer{"git": {Command: "/opt/mcp/git"}}}
}
