// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "echo/echo.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace echo {
namespace {

constexpr auto as_result = net::as_tuple(net::use_awaitable);

net::awaitable<void> serve_one(timed::tcp_stream stream, std::chrono::milliseconds idle_timeout) {
  std::array<char, 4096> memory;
  for (;;) {
    stream.expires_after(idle_timeout);
    const auto [read_error, received] =
        co_await stream.async_read_some(net::buffer(memory), as_result);
    if (read_error) co_return;  // the end, a reset, or timed::error::timeout

    stream.expires_after(idle_timeout);
    const auto [write_error, sent] =
        co_await net::async_write(stream, net::buffer(memory, received), as_result);
    if (write_error) co_return;
  }
}

}  // namespace

net::awaitable<void> serve(tcp_acceptor& acceptor, std::chrono::milliseconds idle_timeout) {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(as_result);
    if (!acceptor.is_open()) co_return;
    if (error) {  // too many open files, or a client that has gone: the next one may do better
      timed::backend::steady_timer pause(acceptor.get_executor(), std::chrono::milliseconds(100));
      co_await pause.async_wait(as_result);
      continue;
    }
    net::co_spawn(acceptor.get_executor(),
                  serve_one(timed::tcp_stream(std::move(socket)), idle_timeout), net::detached);
  }
}

net::awaitable<std::string> request(net::ip::tcp::endpoint server, std::string message,
                                    std::chrono::milliseconds timeout) {
  timed::tcp_stream stream(co_await net::this_coro::executor);
  stream.expires_after(timeout);
  co_await stream.async_connect(server, net::use_awaitable);
  co_await net::async_write(stream, net::buffer(message), net::use_awaitable);
  std::string answer(message.size(), '\0');
  co_await net::async_read(stream, net::buffer(answer), net::use_awaitable);
  co_return answer;
}

}  // namespace echo
