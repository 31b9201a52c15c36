// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Endpoints on loopback to which no connection comes about.

#ifndef TIMED_TESTS_SUPPORT_ENDPOINTS_H
#define TIMED_TESTS_SUPPORT_ENDPOINTS_H

#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <vector>

#include "timed/backend.h"

namespace timed::tests {

/// @return One that refuses, unless another process listens there by chance.
template <class Context>
boost::asio::ip::tcp::endpoint refusing_endpoint(Context& context) {
  using boost::asio::ip::tcp;
  timed::backend::basic_acceptor<tcp> closed(
      context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  return closed.local_endpoint();
}

/// Fills the queue of connections that `acceptor` would accept, so that the next one gets no
/// answer: the kernel drops its SYN.
/// @return What has to stay open for that.
template <class Acceptor>
auto stop_answering(Acceptor& acceptor) {
  ::listen(acceptor.native_handle(), 0);
  std::vector<timed::backend::basic_stream_socket<boost::asio::ip::tcp>> fillers;
  for (int i = 0; i < 8; ++i) {
    fillers.emplace_back(acceptor.get_executor(), boost::asio::ip::tcp::v4());
    fillers.back().native_non_blocking(true);
    const auto endpoint = acceptor.local_endpoint();
    ::connect(fillers.back().native_handle(), endpoint.data(),
              static_cast<::socklen_t>(endpoint.size()));
  }
  // One in the queue fills it; TCP may deliver it a little later.
  ::pollfd queue{.fd = acceptor.native_handle(), .events = POLLIN, .revents = 0};
  while (::poll(&queue, 1, 20'000) < 0 && errno == EINTR) {
  }
  return fillers;
}

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_ENDPOINTS_H
