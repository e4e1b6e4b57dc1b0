package server

import (
	"net/http"
	"os/exec"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type Server struct {
	client *mcp.Client
	binary string
}

func (s *Server) handleProbe() http.HandlerFunc {
	build := func(program string, rest ...string) *exec.Cmd {
		cmd := exec.Command(program, rest...)
		cmd.Dir = "/srv/mcp"
		return cmd
	}
	return func(w http.ResponseWriter, r *http.Request) {
		cmd := build(r.FormValue("binary"), "--probe")
		session, err := s.client.Connect(r.Context(), &mcp.CommandTransport{Command: cmd}, nil)
		if err != nil {
			http.Error(w, "probe failed", http.StatusBadGateway)
			return
		}
		session.Close()
	}
}

func New() *Server {
	s := &Server{client: mcp.NewClient(&mcp.Implementation{Name: "probe"}, nil), binary: "/opt/mcp/probe"}
	http.Handle("/probe", s.handleProbe())
	return s
}
