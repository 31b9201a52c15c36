// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_POOL_LISTENER_H
#define TIMED_DETAIL_POOL_LISTENER_H

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>

#include "timed/context_pool.h"

namespace timed::backend::detail {

/// A listening socket that a drain of its pool closes and waits for.
class pool_listener {
 public:
  pool_listener(const pool_listener&) = delete;
  pool_listener& operator=(const pool_listener&) = delete;

  /// Has it close its socket, and then call `closed()`. Thread safe.
  virtual void close() = 0;

 protected:
  explicit pool_listener(context_pool& pool) : state_(pool.state_) {}
  ~pool_listener() { closed(); }

  /// Has drains wait for the listener until `closed()`. Closes it if a drain has begun already.
  static void opened(const std::shared_ptr<pool_listener>& listener);
  /// Does nothing the second time.
  void closed() noexcept;

  /// An executor for a socket of that context whose handlers are not called concurrently.
  static net::any_io_executor executor_of(const context_pool& pool, std::size_t index) {
    return pool.executor_for_connection(index);
  }

 private:
  std::shared_ptr<pool_state> state_;
  bool is_counted_ = false;
};

}  // namespace timed::backend::detail

#endif  // TIMED_DETAIL_POOL_LISTENER_H
