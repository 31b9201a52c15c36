// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// An echo server and its client, in coroutines, neither of which waits for ever.

#ifndef TIMED_STREAM_EXAMPLES_ECHO_H
#define TIMED_STREAM_EXAMPLES_ECHO_H

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>

#include "timed/backend.h"
#include "timed/tcp_stream.h"

namespace echo {

namespace net = boost::asio;

/// An acceptor on the backend that the stream is on.
using tcp_acceptor = timed::backend::basic_acceptor<net::ip::tcp>;

/// Accepts connections until the acceptor is closed. Each is served by a coroutine of its own,
/// and closed if it is silent, or does not take what it gets, for longer than `idle_timeout`.
net::awaitable<void> serve(tcp_acceptor& acceptor, std::chrono::milliseconds idle_timeout);

/// Sends `message` to an echo server and waits for it to come back.
///
/// @param timeout For the whole of it: connecting, sending and receiving.
/// @return What came back.
/// @throws boost::system::system_error; with `timed::error::timeout` if the time was up.
net::awaitable<std::string> request(net::ip::tcp::endpoint server, std::string message,
                                    std::chrono::milliseconds timeout);

}  // namespace echo

#endif  // TIMED_STREAM_EXAMPLES_ECHO_H
