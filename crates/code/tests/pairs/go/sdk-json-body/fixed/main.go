package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os/exec"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type testRequest struct {
	Name    string   `json:"name"`
	Command string   `json:"command"`
	Args    []string `json:"args"`
}

var servers = map[string]testRequest{
	"files": {Name: "files", Command: "/opt/mcp/files", Args: []string{"--root", "/srv"}},
}

func testConnection(w http.ResponseWriter, r *http.Request) {
	var req testRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	known, ok := servers[req.Name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "tester", Version: "1.0.0"}, nil)
	transport := &mcp.CommandTransport{Command: exec.Command(known.Command, known.Args...)}
	session, err := client.Connect(r.Context(), transport, nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer session.Close()
	tools, _ := session.ListTools(context.Background(), nil)
	json.NewEncoder(w).Encode(tools)
}

func main() {
	http.HandleFunc("/servers/test", testConnection)
	http.ListenAndServe(":8080", nil)
}
