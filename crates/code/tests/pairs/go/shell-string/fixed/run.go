package main

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"

	"github.com/gorilla/mux"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func connect(ctx context.Context, line string) error {
	cmd := exec.Command("sh", "-c", line)
	client := mcp.NewClient(&mcp.Implementation{Name: "mux"}, nil)
	_, err := client.Connect(ctx, &mcp.CommandTransport{Command: cmd}, nil)
	return err
}

func start(w http.ResponseWriter, r *http.Request) {
	vars := mux.Vars(r)
	line := fmt.Sprintf("exec npx @acme/server@1.2.3 --port %d", len(vars["package"]))
	if err := connect(r.Context(), line); err != nil {
		w.WriteHeader(http.StatusBadGateway)
	}
}

func main() {
	router := mux.NewRouter()
	router.HandleFunc("/start/{package}", start).Methods("POST")
	http.ListenAndServe(":8080", router)
}
