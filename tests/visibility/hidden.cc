// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/visibility/hidden.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <utility>

namespace timed::tests {

bool hidden::is_running(timed::backend::io_context& context) {
  return context.get_executor().running_in_this_thread();
}

void hidden::post(timed::backend::io_context& context, std::function<void()> function) {
  net::post(context, std::move(function));
}

unix_stream hidden::make_stream(timed::backend::io_context& context) {
  return unix_stream(context);
}

void hidden::read(unix_stream& stream, std::function<void(error_code)> handler) {
  const auto memory = std::make_shared<std::array<char, 8>>();
  stream.async_read_some(net::buffer(*memory),
                         [memory, handler](error_code ec, std::size_t) { handler(ec); });
}

}  // namespace timed::tests
