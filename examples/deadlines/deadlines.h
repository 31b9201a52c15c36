// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A tour of every kind of deadline. The peer in each of these functions is one that sends a byte
// each `unit` a few times, and is silent then.

#ifndef TIMED_STREAM_EXAMPLES_DEADLINES_H
#define TIMED_STREAM_EXAMPLES_DEADLINES_H

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>

#include "timed/error.h"
#include "timed/tcp_stream.h"

namespace deadlines {

namespace net = boost::asio;
using duration = timed::tcp_stream::duration;

/// How the last operation of a function ended.
struct outcome {
  timed::error_code error;
  std::size_t bytes = 0;  // read by all of them
  bool open = false;      // whether the stream can still be used
};

/// One point in time for all that follows: for a request and its answer, for example. A peer that
/// sends a byte now and then does not extend it.
net::awaitable<outcome> for_the_whole_exchange(timed::tcp_stream& stream, duration unit);

/// A timeout that counts for each read from its own start: for connections that may be silent, but
/// not too long. It is set once.
net::awaitable<outcome> for_each_read(timed::tcp_stream& stream, duration unit);

/// A timeout that counts for each connect, read and write from its own start.
net::awaitable<outcome> for_each_operation(timed::tcp_stream& stream, duration unit);

/// A timeout for one operation, all parts of it, which leaves the stream open: what was read is
/// reported, and the next operation goes on where it ended.
net::awaitable<outcome> for_one_operation(timed::tcp_stream& stream, duration unit);

/// A deadline of an outstanding read that is moved to later, as something else has shown that the
/// peer is there.
net::awaitable<outcome> moved_while_outstanding(timed::tcp_stream& stream, duration unit);

/// A timeout for writing: for a peer that takes nothing. It closes the stream, so what is
/// outstanding in the other direction times out too.
net::awaitable<outcome> for_each_write(timed::tcp_stream& stream, duration unit);

/// A timeout for a connect.
net::awaitable<outcome> for_a_connect(net::ip::tcp::endpoint server, duration unit);

/// The deadline of a stream whose synchronous operations honour it. Blocks.
outcome for_a_synchronous_read(timed::tcp_stream& stream, duration unit);

}  // namespace deadlines

#endif  // TIMED_STREAM_EXAMPLES_DEADLINES_H
