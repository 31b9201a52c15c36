// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Sockets on the io_uring event loop, connected to each other.

#ifndef TIMED_TESTS_URING_SUPPORT_H
#define TIMED_TESTS_URING_SUPPORT_H

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <type_traits>
#include <vector>

#include "tests/support/full_socket.h"
#include "tests/support/handler_result.h"
#include "timed/uring/basic_acceptor.h"
#include "timed/uring/basic_stream_socket.h"
#include "timed/uring/connect_pair.h"
#include "timed/uring/io_context.h"

namespace timed::uring::tests {

using tcp_socket = basic_stream_socket<net::ip::tcp>;
using unix_socket = basic_stream_socket<net::local::stream_protocol>;
using timed::tests::fill_send_buffer;
using timed::tests::result;
using timed::tests::store;
using unix_acceptor = basic_acceptor<net::local::stream_protocol>;

/// A context on another kernel than this machine's.
class context_on : public io_context {
 public:
  explicit context_on(detail::kernel& system, const options& wanted = {})
      : io_context(wanted, system) {}
};

/// In Linux' abstract name space: TCP's ports would not do for very many connections.
inline net::local::stream_protocol::endpoint unused_name() {
  // In sandboxes of their own, processes of the same number share the names.
  static const std::string process = std::to_string(std::random_device()());
  static int last = 0;
  return std::string(1, '\0') + "timed_stream." + process + "." + std::to_string(++last);
}

inline std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                       std::filesystem::directory_iterator());
}

template <class Socket>
void connect_sockets(Socket& a, Socket& b) {
  if constexpr (std::is_same_v<typename Socket::protocol_type, net::local::stream_protocol>) {
    connect_pair(a, b);
  } else {
    basic_acceptor<net::ip::tcp> acceptor(a.get_executor(), {net::ip::address_v4::loopback(), 0});
    a.connect(acceptor.local_endpoint());
    acceptor.accept(b);
    a.set_option(net::ip::tcp::no_delay(true));
  }
}

/// Two sockets that are connected, in a context that the test runs.
template <class Socket>
class connected_pair : public testing::Test {
 public:
  connected_pair() { connect_sockets(a, b); }

  /// Runs the context until it has nothing to do.
  void run() {
    context.restart();
    context.run_for(std::chrono::seconds(20));
    ASSERT_TRUE(context.stopped()) << "something is still outstanding";
  }

  io_context context;
  Socket a{context};
  Socket b{context};
};

/// What the kernel says of each ring of this process.
inline std::vector<std::string> ring_infos() {
  std::vector<std::string> infos;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ec;
    if (std::filesystem::read_symlink(each, ec) != "anon_inode:[io_uring]") continue;
    std::ifstream info("/proc/self/fdinfo/" + each.path().filename().string());
    infos.emplace_back(std::istreambuf_iterator(info), std::istreambuf_iterator<char>());
  }
  return infos;
}

}  // namespace timed::uring::tests

#endif  // TIMED_TESTS_URING_SUPPORT_H
