package main

import (
	"net/http"

	"github.com/gorilla/websocket"
	"github.com/mark3labs/mcp-go/client"
)

var upgrader = websocket.Upgrader{}

type message struct {
	Kind    string                 `json:"kind"`
	Servers map[string]serverEntry `json:"mcpServers"`
}

type serverEntry struct {
	Command string   `json:"command"`
	Args    []string `json:"args"`
}

func serve(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	running := map[string]*client.Client{}
	for {
		var m message
		if err := conn.ReadJSON(&m); err != nil {
			return
		}
		switch m.Kind {
		case "configure":
			for name, entry := range m.Servers {
				c, err := client.NewStdioMCPClient(entry.Command, nil, entry.Args...)
				if err == nil {
					running[name] = c
				}
			}
		default:
			conn.WriteJSON(len(running))
		}
	}
}

func main() {
	http.HandleFunc("/ws", serve)
	http.ListenAndServe(":8080", nil)
}
