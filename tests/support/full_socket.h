// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_SUPPORT_FULL_SOCKET_H
#define TIMED_TESTS_SUPPORT_FULL_SOCKET_H

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

namespace timed::tests {

/// Waits until the peer's kernel has acknowledged what it has received, which frees memory of the
/// send buffer: on a busy machine some time after the write. Unix sockets deliver at once.
inline void await_acknowledgements(int socket) {
  for (int waits = 0; waits < 2000; ++waits) {
    int unacknowledged = 0;  // what was not sent included
    int unsent = 0;
    if (::ioctl(socket, SIOCOUTQ, &unacknowledged) != 0) return;
    if (::ioctl(socket, SIOCOUTQNSD, &unsent) != 0) return;
    if (unacknowledged == unsent) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// Writes until the kernel takes no more, so that the next write has to wait for the peer.
/// @return How many bytes that were.
template <class Socket>
std::size_t fill_send_buffer(Socket& socket) {
  socket.non_blocking(true);
  const std::vector<char> block(1 << 16, 'f');
  std::size_t total = 0;
  for (;;) {
    const std::size_t before = total;
    boost::system::error_code ec;
    while (!ec) total += socket.write_some(boost::asio::buffer(block), ec);
    EXPECT_EQ(ec, boost::asio::error::would_block);
    if (total == before) return total;
    await_acknowledgements(socket.native_handle());
  }
}

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_FULL_SOCKET_H
