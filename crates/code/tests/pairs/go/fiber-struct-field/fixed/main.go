package main

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

type serverInput struct {
	Command string `json:"command"`
}

func main() {
	app := fiber.New()
	app.Post("/tools", func(c *fiber.Ctx) error {
		var input serverInput
		if err := c.BodyParser(&input); err != nil {
			return fiber.ErrBadRequest
		}
		launcher := NewLauncher("/opt/mcp/tools", []string{"--quiet"})
		session, err := launcher.Open(c.Context())
		if err != nil {
			return err
		}
		return session.Close()
	})
	app.Listen(":3000")
}
