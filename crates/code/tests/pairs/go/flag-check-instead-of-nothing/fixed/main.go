package main

import (
	"encoding/json"
	"net/http"
	"os/exec"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type launchRequest struct {
	Program string   `json:"program"`
	Args    []string `json:"args"`
}

func launch(w http.ResponseWriter, r *http.Request) {
	var req launchRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return
	}
	if err := checkLaunch(req.Program, req.Args); err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "x"}, nil)
	cmd := exec.Command(req.Program, req.Args...)
	if _, err := client.Connect(r.Context(), &mcp.CommandTransport{Command: cmd}, nil); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
	}
}

func main() {
	http.HandleFunc("POST /launch", launch)
	http.ListenAndServe(":8080", nil)
}
