package main

import "gorm.io/gorm"

type Server struct {
	gorm.Model
	Name    string
	Command string
	Args    string
}

type Repository struct {
	db *gorm.DB
}

func (r *Repository) Save(s *Server) error {
	return r.db.Create(s).Error
}

func (r *Repository) Load(id string) (*Server, error) {
	var found Server
	if err := r.db.First(&found, "id = ?", id).Error; err != nil {
		return nil, err
	}
	return &found, nil
}
