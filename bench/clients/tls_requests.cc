// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/tls_requests.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "bench/clients/closed_loop_requests.h"
#include "bench/clients/echo_meter.h"
#include "bench/clients/tcp_sockets.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

// What the TLS library says of a call that has failed, and cannot be continued.
[[noreturn]] void throw_failure(std::string_view call, int error) {
  if (error == SSL_ERROR_ZERO_RETURN || ERR_peek_error() == 0) {
    throw std::runtime_error("the server has closed a connection");
  }
  std::array<char, 256> reason;
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  throw std::runtime_error(std::string(call) + ": " + reason.data());
}

// The settings of all connections.
SSL_CTX* context() {
  struct release {
    void operator()(SSL_CTX* each) const { SSL_CTX_free(each); }
  };
  static const std::unique_ptr<SSL_CTX, release> made(SSL_CTX_new(TLS_client_method()));
  if (!made) throw std::runtime_error("the TLS library makes no context");
  return made.get();
}

class connection {
 public:
  explicit connection(const sockaddr_in& server)
      : descriptor_(connect_to(server)), tls_(SSL_new(context())) {
    check_call(::fcntl(descriptor_.get(), F_SETFL, O_NONBLOCK), "fcntl");
    if (!tls_ || SSL_set_fd(tls_.get(), descriptor_.get()) != 1) {
      throw std::runtime_error("the TLS library makes no connection");
    }
    SSL_set_connect_state(tls_.get());
    for (std::size_t i = 0; i < echo_bytes; ++i) request_[i] = static_cast<char>(i);
  }

  bool is_waiting() const { return is_waiting_; }

  // @param number Unique number of the request.
  void ask(std::uint64_t number) {
    std::memcpy(request_.data(), &number, sizeof(number));
    is_waiting_ = true;
    received_ = 0;
    if (is_open_) {
      send_request();
    } else {
      open();
    }
  }

  // @return Whether the whole answer has arrived.
  bool has_answer() {
    if (!is_open_) {
      open();
      return false;
    }
    const int received =
        SSL_read(tls_.get(), answer_.data() + received_, static_cast<int>(echo_bytes - received_));
    if (received <= 0) {
      expect_to_wait(received, "SSL_read");
      return false;
    }
    received_ += static_cast<std::size_t>(received);
    if (received_ < echo_bytes) return false;
    if (answer_ != request_) throw std::runtime_error("an answer is not what was sent");
    is_waiting_ = false;
    return true;
  }

 private:
  // Continues the handshake, and makes the request when it is complete.
  void open() {
    const int result = SSL_do_handshake(tls_.get());
    if (result != 1) return expect_to_wait(result, "SSL_do_handshake");
    is_open_ = true;
    send_request();
  }

  void send_request() {
    const int sent = SSL_write(tls_.get(), request_.data(), static_cast<int>(request_.size()));
    if (sent != static_cast<int>(request_.size())) {
      throw_failure("SSL_write", SSL_get_error(tls_.get(), sent));
    }
  }

  // @throws std::runtime_error if the call has failed, and not for want of data.
  void expect_to_wait(int result, std::string_view call) {
    const int error = SSL_get_error(tls_.get(), result);
    if (error != SSL_ERROR_WANT_READ) throw_failure(call, error);
  }

  struct release {
    void operator()(SSL* each) const { SSL_free(each); }
  };

  owned_descriptor descriptor_;
  std::unique_ptr<SSL, release> tls_;
  bool is_open_ = false;
  bool is_waiting_ = false;
  std::size_t received_ = 0;
  std::array<char, echo_bytes> request_{};
  std::array<char, echo_bytes> answer_{};
};

}  // namespace

void make_tls_requests(int control, const sockaddr_in& server, std::size_t connections) {
  follow_closed_loop_orders<connection>(control, server, connections);
}

}  // namespace timed::bench
