package httpx

import (
	"encoding/json"
	"errors"
	"net/http"
)

func Decode(r *http.Request, into any) error {
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errors.Join(errors.New("bad body"), err)
	}
	return nil
}
