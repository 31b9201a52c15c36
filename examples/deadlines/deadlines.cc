// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "deadlines/deadlines.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <string>
#include <tuple>

#include "timed/direction.h"
#include "timed/timeout_action.h"
#include "timed/with_timeout.h"

namespace deadlines {
namespace {

using namespace net::experimental::awaitable_operators;

constexpr auto as_result = net::as_tuple(net::use_awaitable);

// Reads until an error ends it.
net::awaitable<outcome> read_all(timed::tcp_stream& stream) {
  std::array<char, 16> memory;
  for (outcome result;;) {
    const auto [error, size] = co_await stream.async_read_some(net::buffer(memory), as_result);
    result.bytes += size;
    if (!error) continue;
    result.error = error;
    result.open = stream.socket().is_open();
    co_return result;
  }
}

}  // namespace

net::awaitable<outcome> for_the_whole_exchange(timed::tcp_stream& stream, duration unit) {
  stream.expires_after(2.5 * unit);
  co_await net::async_write(stream, net::buffer("question", 8), as_result);
  co_return co_await read_all(stream);
}

net::awaitable<outcome> for_each_read(timed::tcp_stream& stream, duration unit) {
  stream.read_timeout(1.5 * unit);
  co_return co_await read_all(stream);
}

net::awaitable<outcome> for_each_operation(timed::tcp_stream& stream, duration unit) {
  stream.timeout(1.5 * unit);
  co_await net::async_write(stream, net::buffer("question", 8), as_result);
  co_return co_await read_all(stream);
}

net::awaitable<outcome> for_one_operation(timed::tcp_stream& stream, duration unit) {
  stream.on_timeout(timed::timeout_action::cancel);
  std::array<char, 3> memory;
  const auto [error, first] = co_await net::async_read(stream, net::buffer(memory),
                                                       timed::with_timeout(1.5 * unit, as_result));
  if (error != timed::error::timeout) co_return outcome{error, first, stream.socket().is_open()};
  const auto [none, second] = co_await net::async_read(stream, net::buffer(memory) + first,
                                                       timed::with_timeout(10 * unit, as_result));
  co_return outcome{none, first + second, stream.socket().is_open()};
}

net::awaitable<outcome> moved_while_outstanding(timed::tcp_stream& stream, duration unit) {
  const auto extend = [&]() -> net::awaitable<void> {
    co_await net::post(stream.get_executor(), net::use_awaitable);
    // For what is outstanding in this direction, which expires_after(t) alone leaves as it is.
    stream.expires_after(2.5 * unit, timed::direction::read);
  };
  stream.expires_after(0.5 * unit);
  co_return co_await (read_all(stream) && extend());
}

net::awaitable<outcome> for_each_write(timed::tcp_stream& stream, duration unit) {
  const auto write_too_much = [&]() -> net::awaitable<void> {
    const std::string megabyte(1 << 20, 'w');
    for (timed::error_code error; !error;) {
      std::tie(error, std::ignore) =
          co_await net::async_write(stream, net::buffer(megabyte), as_result);
    }
  };
  stream.write_timeout(5.5 * unit);
  co_return co_await (read_all(stream) && write_too_much());
}

net::awaitable<outcome> for_a_connect(net::ip::tcp::endpoint server, duration unit) {
  timed::tcp_stream stream(co_await net::this_coro::executor);
  const auto [error] =
      co_await stream.async_connect(server, timed::with_timeout(1.5 * unit, as_result));
  co_return outcome{error, 0, stream.socket().is_open()};
}

outcome for_a_synchronous_read(timed::tcp_stream& stream, duration unit) {
  stream.sync_deadlines(true);  // Beast's, and ours by default, ignore deadlines
  stream.expires_after(2.5 * unit);
  std::array<char, 16> memory;
  for (outcome result;;) {
    result.bytes += stream.read_some(net::buffer(memory), result.error);
    result.open = stream.socket().is_open();
    if (result.error) return result;
  }
}

}  // namespace deadlines
