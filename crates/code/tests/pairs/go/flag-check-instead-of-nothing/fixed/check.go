package main

import (
	"errors"
	"slices"
)

var allowedPrograms = []string{"npx", "node"}

func checkLaunch(program string, args []string) error {
	if !slices.Contains(allowedPrograms, program) {
		return errors.New("program is not allowed")
	}
	for _, arg := range args {
		if arg == "-c" || arg == "-e" || arg == "--eval" {
			return errors.New("flag is not allowed")
		}
	}
	return nil
}
