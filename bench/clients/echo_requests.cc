// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/echo_requests.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "bench/clients/closed_loop_requests.h"
#include "bench/clients/echo_meter.h"
#include "bench/clients/tcp_sockets.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

class connection {
 public:
  explicit connection(const sockaddr_in& server) : descriptor_(connect_to(server)) {
    for (std::size_t i = 0; i < echo_bytes; ++i) request_[i] = static_cast<char>(i);
  }

  bool is_waiting() const { return is_waiting_; }

  // @param number Unique number of the request.
  void ask(std::uint64_t number) {
    std::memcpy(request_.data(), &number, sizeof(number));
    const ::ssize_t sent = ::send(descriptor_.get(), request_.data(), echo_bytes, MSG_NOSIGNAL);
    check_call(sent, "send");
    if (sent != echo_bytes) throw std::runtime_error("a partial send");
    is_waiting_ = true;
    received_ = 0;
  }

  // @return Whether the whole answer has arrived.
  bool has_answer() {
    const ::ssize_t received =
        ::recv(descriptor_.get(), answer_.data() + received_, echo_bytes - received_, MSG_DONTWAIT);
    if (received < 0 && errno == EAGAIN) return false;
    check_call(received, "recv");
    if (received == 0) throw std::runtime_error("the server has closed a connection");
    received_ += static_cast<std::size_t>(received);
    if (received_ < echo_bytes) return false;
    if (answer_ != request_) throw std::runtime_error("an answer is not what was sent");
    is_waiting_ = false;
    return true;
  }

 private:
  owned_descriptor descriptor_;
  bool is_waiting_ = false;
  std::size_t received_ = 0;
  std::array<char, echo_bytes> request_{};
  std::array<char, echo_bytes> answer_{};
};

}  // namespace

void make_echo_requests(int control, const sockaddr_in& server, std::size_t connections) {
  follow_closed_loop_orders<connection>(control, server, connections);
}

}  // namespace timed::bench
