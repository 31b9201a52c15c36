// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Endpoints on loopback to which no connection comes about.

#ifndef TIMED_TESTS_SUPPORT_ENDPOINTS_H
#define TIMED_TESTS_SUPPORT_ENDPOINTS_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "timed/backend.h"

namespace timed::tests {

/// @return One that refuses: it is bound for as long as the program runs, so that no other socket
/// can be, and never listens.
inline boost::asio::ip::tcp::endpoint refusing_endpoint() {
  boost::asio::ip::tcp::endpoint endpoint(boost::asio::ip::address_v4::loopback(), 0);
  static const int bound = [&] {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::bind(made, endpoint.data(), static_cast<::socklen_t>(endpoint.size()));
    return made;
  }();
  auto size = static_cast<::socklen_t>(endpoint.size());
  ::getsockname(bound, endpoint.data(), &size);
  return endpoint;
}

/// Waits until as many connections wait to be accepted as may: TCP may come to them some time after
/// the calls that begin them have returned.
inline void await_full_queue(int listening) {
  for (int waits = 0; waits < 2000; ++waits) {
    ::tcp_info info{};  // of a listening socket it has the queue's length and limit
    ::socklen_t size = sizeof(info);
    if (::getsockopt(listening, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return;
    if (info.tcpi_unacked > info.tcpi_sacked) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
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
  await_full_queue(acceptor.native_handle());
  return fillers;
}

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_ENDPOINTS_H
