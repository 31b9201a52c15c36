// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A listener on which connects have to wait.

#ifndef TIMED_TESTS_SUPPORT_FULL_LISTENER_H
#define TIMED_TESTS_SUPPORT_FULL_LISTENER_H

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <random>
#include <string>
#include <vector>

namespace timed::tests {

/// A Unix listener whose backlog is full: as many connections wait to be accepted as may.
class full_listener {
 public:
  using endpoint_type = boost::asio::local::stream_protocol::endpoint;

  full_listener() {
    ::bind(listener_, endpoint_.data(), static_cast<::socklen_t>(endpoint_.size()));
    ::listen(listener_, 0);
    do {
      fillers_.push_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    } while (::connect(fillers_.back(), endpoint_.data(),
                       static_cast<::socklen_t>(endpoint_.size())) == 0);
  }
  full_listener(const full_listener&) = delete;
  ~full_listener() {
    for (const int each : fillers_) ::close(each);
    for (const int each : accepted_) ::close(each);
    ::close(listener_);
  }

  const endpoint_type& endpoint() const { return endpoint_; }

  /// Accepts so many connections, waiting for them.
  void accept(int count) {
    while (--count >= 0) accepted_.push_back(::accept(listener_, nullptr, nullptr));
  }

  /// @return How many connections wait to be accepted.
  int waiting() const { return static_cast<int>(fillers_.size()) - 1; }

 private:
  // In the abstract namespace, where nothing has to be removed.
  endpoint_type endpoint_{std::string(1, '\0') + "timed_full_listener." +
                          std::to_string(std::random_device()())};
  int listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::vector<int> fillers_;
  std::vector<int> accepted_;
};

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_FULL_LISTENER_H
