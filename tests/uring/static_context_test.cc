// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A context that is destroyed with the static objects of its program, after all that was
// constructed later. A program of its own, as the order counts from its start.

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/system/system_error.hpp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "timed/uring/basic_stream_socket.h"
#include "timed/uring/connect_pair.h"
#include "timed/uring/io_context.h"

namespace {

using socket_type = timed::uring::basic_stream_socket<boost::asio::local::stream_protocol>;

struct connection {
  timed::uring::io_context context;
  socket_type reader{context}, writer{context};
  std::array<char, 5> memory{};
};

std::unique_ptr<connection> kept;

}  // namespace

int main() {
  try {
    kept = std::make_unique<connection>();
  } catch (const boost::system::system_error& refused) {
    std::fprintf(stderr, "%s\n", refused.what());
    const char* const required = std::getenv("TIMED_REQUIRE_IO_URING");
    return required != nullptr && std::strcmp(required, "1") == 0;
  }
  timed::uring::connect_pair(kept->reader, kept->writer);
  std::size_t read = 0;
  kept->reader.async_read_some(boost::asio::buffer(kept->memory),
                               [&](boost::system::error_code, std::size_t bytes) { read = bytes; });
  kept->writer.async_write_some(boost::asio::buffer("hello", 5),
                                [](boost::system::error_code, std::size_t) {});
  kept->context.run();
  kept->reader.async_read_some(boost::asio::buffer(kept->memory),
                               [](boost::system::error_code, std::size_t) {});
  return read == 5 ? 0 : 1;  // The read is outstanding when the context is destroyed.
}
