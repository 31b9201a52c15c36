// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Echo server in Go: a goroutine for each connection, a deadline of 30 s for each read and write.
//
// Its arguments are the descriptors of its connections, which it inherits. It prints "ready" before
// it reads from them. It ends with a message if one of them fails.
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"time"
)

const limit = 30 * time.Second

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func inherited(argument string) (net.Conn, error) {
	descriptor, err := strconv.Atoi(argument)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(descriptor), "connection")
	defer file.Close() // FileConn has its own
	return net.FileConn(file)
}

func echo(connection net.Conn) error {
	var memory [1024]byte
	for {
		if err := connection.SetReadDeadline(time.Now().Add(limit)); err != nil {
			return err
		}
		size, err := connection.Read(memory[:])
		if err != nil {
			return err
		}
		if err := connection.SetWriteDeadline(time.Now().Add(limit)); err != nil {
			return err
		}
		if _, err := connection.Write(memory[:size]); err != nil {
			return err
		}
	}
}

func main() {
	runtime.GOMAXPROCS(1) // one thread runs goroutines, as the other servers have one
	var connections []net.Conn
	for _, argument := range os.Args[1:] {
		connection, err := inherited(argument)
		if err != nil {
			fail(err)
		}
		connections = append(connections, connection)
	}
	fmt.Println("ready")
	failures := make(chan error)
	for _, connection := range connections {
		go func(connection net.Conn) { failures <- echo(connection) }(connection)
	}
	fail(<-failures)
}
