// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_SUPPORT_FULL_SOCKET_H
#define TIMED_TESTS_SUPPORT_FULL_SOCKET_H

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace timed::tests {

/// Whether the kernel still holds bytes that it has not sent: for want of room at the peer, or as
/// it has not come to it. Never so for Unix sockets, which deliver at once.
inline bool has_unsent(int socket) {
  int unsent = 0;
  return ::ioctl(socket, SIOCOUTQNSD, &unsent) == 0 && unsent != 0;
}

/// Whether bytes that were written may not yet be in the peer's kernel.
inline bool has_unacknowledged(int socket) {
  int unacknowledged = 0;
  return ::ioctl(socket, SIOCOUTQ, &unacknowledged) == 0 && unacknowledged != 0;
}

/// Waits until a descriptor can be read, or accepted from: on a busy machine TCP delivers some time
/// after the write, or connect, has returned. Not for a socket on which a read is outstanding.
inline bool await_readable(int descriptor) {
  ::pollfd readable{.fd = descriptor, .events = POLLIN, .revents = 0};
  return ::poll(&readable, 1, 20'000) == 1;
}

/// The window that the peer's kernel has advertised, in bytes; 0 if it is no TCP socket, or if this
/// kernel does not say (before Linux 5.4).
inline std::uint32_t peer_window(int socket) {
  constexpr std::size_t place = 57;  // tcp_info::tcpi_snd_wnd, which older C libraries do not have.
  std::array<std::uint32_t, place + 1> info{};
  ::socklen_t size = sizeof(info);
  const int outcome = ::getsockopt(socket, IPPROTO_TCP, TCP_INFO, info.data(), &size);
  return outcome == 0 && size == sizeof(info) ? info[place] : 0;
}

/// Waits until the peer's kernel has acknowledged all that it takes, which frees memory of the send
/// buffer: on a busy machine some time after the write. If less than a segment fits into the rest
/// of the peer's window, TCP waits for 200 ms or more before it sends so little. Unix sockets
/// deliver at once.
inline void await_delivery(int socket) {
  for (int waits = 0; waits < 5000; ++waits) {
    int unacknowledged = 0;  // what was not sent included
    int unsent = 0;
    if (::ioctl(socket, SIOCOUTQ, &unacknowledged) != 0) return;
    if (::ioctl(socket, SIOCOUTQNSD, &unsent) != 0) return;
    if (unacknowledged == unsent && (unsent == 0 || peer_window(socket) == 0)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// Writes until the kernel takes no more, however long one waits, so that the next write has to
/// wait for the peer.
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
    await_delivery(socket.native_handle());
  }
}

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_FULL_SOCKET_H
