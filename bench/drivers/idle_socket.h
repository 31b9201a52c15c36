// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_IDLE_SOCKET_H
#define TIMED_BENCH_DRIVERS_IDLE_SOCKET_H

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <utility>

#include "timed/backend.h"
#include "timed/basic_stream.h"
#include "timed/detail/deadline/socket_traits.h"
#include "timed/error.h"

namespace timed::bench {

/// A socket without a descriptor, on which nothing ever arrives: for streams whose deadlines alone
/// matter, in larger numbers than the limit of descriptors.
class idle_socket {
 public:
  using executor_type = backend::io_context::executor_type;
  using protocol_type = net::local::stream_protocol;
  using endpoint_type = protocol_type::endpoint;

  explicit idle_socket(const executor_type& executor) : executor_(executor) {}

  executor_type get_executor() const noexcept { return executor_; }
  bool is_open() const noexcept { return is_open_; }
  int native_handle() const noexcept { return -1; }

  /// Does nothing; for code that also handles sockets with a descriptor.
  void assign(const protocol_type&, int) {}

  /// Stays outstanding until `cancel()` or `close()`.
  template <class Buffers, class Handler>
  void async_read_some(const Buffers&, Handler&& handler) {
    executor_.on_work_started();
    waiting_ = std::forward<Handler>(handler);
  }

  void cancel(error_code&) {
    if (!waiting_) return;
    net::post(executor_, net::append(std::move(waiting_), error_code(net::error::operation_aborted),
                                     std::size_t(0)));
    executor_.on_work_finished();
  }

  void close(error_code& ec) {
    is_open_ = false;
    cancel(ec);
  }

 private:
  executor_type executor_;
  bool is_open_ = true;
  net::any_completion_handler<void(error_code, std::size_t)> waiting_;
};

}  // namespace timed::bench

// Its deadlines are watched like those of the backend's sockets.
template <>
struct timed::detail::socket_traits<timed::bench::idle_socket>
    : timed::detail::socket_traits<timed::backend::basic_stream_socket<
          timed::bench::idle_socket::protocol_type, timed::bench::idle_socket::executor_type>> {
  static constexpr bool may_miss_readiness = false;  // it never fails
};

#endif  // TIMED_BENCH_DRIVERS_IDLE_SOCKET_H
