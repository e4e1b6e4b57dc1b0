package web

import (
	"encoding/json"
	"net/http"

	"example.com/gateway/core"
)

type Handler struct {
	service *core.Service
}

type payload struct {
	Path string   `json:"path"`
	Argv []string `json:"argv"`
	Kind string   `json:"kind"`
}

var kinds = map[string]core.Definition{"shell-free": {Path: "/opt/mcp/kind", Argv: nil}}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in payload
	decoder := json.NewDecoder(r.Body)
	if err := decoder.Decode(&in); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	definition := kinds[in.Kind]
	if err := h.service.Check(definition); err != nil {
		w.WriteHeader(http.StatusBadGateway)
	}
}
