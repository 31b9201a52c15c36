// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/socket/socket_calls.h"

#include <fcntl.h>
#include <poll.h>

#include <boost/asio/error.hpp>
#include <cerrno>
#include <cstddef>
#include <ctime>

#include "timed/detail/descriptor_calls.h"

namespace timed::uring::detail {
namespace {

template <class Attempt>
long attempt_until(int descriptor, short events, bool waits, error_code& ec, Attempt attempt) {
  const auto wait = [=] {
    return waits ? wait_until_ready(descriptor, events, true)
                 : error_code(boost::asio::error::would_block);
  };
  return timed::detail::attempt_until_done(attempt, wait, ec);
}

}  // namespace

error_code wait_until_ready(int descriptor, short events, bool waits) {
  constexpr ::timespec no_time{};
  error_code ec;
  do {
    ec = timed::detail::poll_once(descriptor, events, waits ? nullptr : &no_time);
  } while (ec == boost::asio::error::interrupted);
  return ec;
}

std::size_t receive(int descriptor, ::msghdr& message, int flags, bool waits, error_code& ec) {
  if (!waits) flags |= MSG_DONTWAIT;
  const long bytes = attempt_until(descriptor, POLLIN, waits, ec,
                                   [&] { return ::recvmsg(descriptor, &message, flags); });
  if (bytes == 0) ec = boost::asio::error::eof;
  return bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

std::size_t send(int descriptor, const ::msghdr& message, int flags, bool waits, error_code& ec) {
  flags |= MSG_NOSIGNAL | (waits ? 0 : MSG_DONTWAIT);
  const long bytes = attempt_until(descriptor, POLLOUT, waits, ec,
                                   [&] { return ::sendmsg(descriptor, &message, flags); });
  return bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

int accept(int descriptor, void* address, ::socklen_t* size, bool waits, bool reports_aborted,
           error_code& ec) {
  // accept4(2) has no flag for not blocking, so the descriptor's mode is changed. A poll(2) before
  // it would not do, as another process that shares the listener may take the connection.
  if (!waits) set_native_non_blocking(descriptor, true, ec);
  return static_cast<int>(attempt_until(descriptor, POLLIN, waits, ec, [&] {
    int native = -1;
    do {
      native = ::accept4(descriptor, static_cast<::sockaddr*>(address), size, SOCK_CLOEXEC);
    } while (native < 0 && is_aborted_connection(errno) && !reports_aborted);
    return native;
  }));
}

void connect(int descriptor, const void* address, ::socklen_t size, bool waits, error_code& ec) {
  const auto* const peer = static_cast<const ::sockaddr*>(address);
  int result = 0;
  do {
    result = ::connect(descriptor, peer, size);
    // After EINTR, the connect of a Unix socket has not begun; that of TCP goes on.
  } while (result != 0 && errno == EINTR && peer->sa_family == AF_UNIX);
  ec = error_if(result);
  if (result != 0 && errno == EAGAIN) {  // a Unix socket's; too many wait to be accepted
    ec = boost::asio::error::no_buffer_space;
    return;
  }
  if (result == 0 || (errno != EINTR && errno != EINPROGRESS) || !waits) return;
  ec = wait_until_ready(descriptor, POLLOUT, true);
  if (!ec) ec = timed::detail::connect_result(descriptor);
}

void connect_at_once(int descriptor, const void* address, ::socklen_t size, error_code& ec) {
  const bool was_non_blocking = is_native_non_blocking(descriptor, ec);
  if (!ec && !was_non_blocking) set_native_non_blocking(descriptor, true, ec);
  if (ec) return;
  connect(descriptor, address, size, false, ec);
  error_code ignored;
  if (!was_non_blocking) set_native_non_blocking(descriptor, false, ignored);
}

bool is_aborted_connection(int error) noexcept {
  return error == ECONNABORTED || error == EPROTO;
}

error_code get_option(int descriptor, int level, int name, void* data, ::socklen_t& size) {
  const error_code ec = error_if(::getsockopt(descriptor, level, name, data, &size));
  // Linux doubles what is set, for its own bookkeeping (socket(7)).
  const bool is_doubled = level == SOL_SOCKET && (name == SO_SNDBUF || name == SO_RCVBUF);
  if (!ec && is_doubled && size == sizeof(int)) *static_cast<int*>(data) /= 2;
  return ec;
}

bool is_native_non_blocking(int descriptor, error_code& ec) {
  const int flags = ::fcntl(descriptor, F_GETFL, 0);
  ec = error_if(flags);
  return flags >= 0 && (flags & O_NONBLOCK) != 0;
}

void set_native_non_blocking(int descriptor, bool mode, error_code& ec) {
  const int flags = ::fcntl(descriptor, F_GETFL, 0);
  ec = error_if(flags);
  if (ec || ((flags & O_NONBLOCK) != 0) == mode) return;
  ec = error_if(::fcntl(descriptor, F_SETFL, mode ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}

}  // namespace timed::uring::detail
