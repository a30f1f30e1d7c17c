// A Kubernetes API server of a few answers, whose HTTP/2 goes wrong as told: each frame is written by hand.
module kview.test/h2

go 1.25.0

require golang.org/x/net v0.47.0

require golang.org/x/text v0.31.0 // indirect
