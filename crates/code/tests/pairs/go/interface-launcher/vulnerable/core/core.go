package core

type Definition struct {
	Path string
	Argv []string
}

type Launcher interface {
	Launch(d Definition) error
}

type Service struct {
	launcher Launcher
}

func NewService(l Launcher) *Service {
	return &Service{launcher: l}
}

func (s *Service) Check(d Definition) error {
	return s.launcher.Launch(d)
}
