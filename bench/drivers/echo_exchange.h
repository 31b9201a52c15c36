// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_ECHO_EXCHANGE_H
#define TIMED_BENCH_DRIVERS_ECHO_EXCHANGE_H

#include <array>
#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <utility>

#include "bench/contenders/operations.h"
#include "timed/backend.h"

namespace timed::bench {

/// The part that sessions have in common that write back the bytes which arrive.
/// @tparam Stream What is read and written: the contender's stream, or TLS over it.
template <class Contender, class Server, class Stream>
class echo_exchange {
 public:
  using executor_type = backend::io_context::executor_type;

 protected:
  /// @param arguments Of the stream's constructor.
  template <class... Arguments>
  explicit echo_exchange(Server& server, Arguments&&... arguments)
      : server_(server), stream_(std::forward<Arguments>(arguments)...) {}

  void read() {
    Contender::set_deadline(timed_layer());
    Contender::template start<async_read_some>(stream_, net::buffer(memory_),
                                               [this](error_code failed, std::size_t bytes) {
                                                 if (failed) return server_.fail(failed);
                                                 write(bytes);
                                               });
  }

  /// The contender's stream, which has the deadlines.
  auto& timed_layer() {
    if constexpr (requires { stream_.next_layer(); }) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  Server& server_;
  Stream stream_;

 private:
  void write(std::size_t bytes) {
    Contender::set_deadline(timed_layer());
    Contender::template start<async_write>(stream_, net::buffer(memory_, bytes),
                                           [this](error_code failed, std::size_t written) {
                                             if (failed) return server_.fail(failed);
                                             server_.add_echoed(written);
                                             read();
                                           });
  }

  std::array<char, 1024> memory_{};
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_ECHO_EXCHANGE_H
