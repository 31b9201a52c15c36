// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// An endpoint on loopback that does not answer.

#ifndef TIMED_TESTS_SUPPORT_UNANSWERING_H
#define TIMED_TESTS_SUPPORT_UNANSWERING_H

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <vector>

#include "timed/backend.h"

namespace timed::tests {

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
  return fillers;
}

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_UNANSWERING_H
