// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The measured operations, for any stream: one class each. A contender adds the stream and the
// deadline.

#ifndef TIMED_BENCH_CONTENDERS_OPERATIONS_H
#define TIMED_BENCH_CONTENDERS_OPERATIONS_H

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <string_view>
#include <utility>

#include "timed/backend.h"

namespace timed::bench {

/// The stream's own operation.
struct async_write_some {
  static constexpr std::string_view name = "async_write_some";
  static constexpr bool is_read = false;
  static constexpr bool is_composed = false;

  template <class Stream, class Token>
  static auto start(Stream& stream, net::const_buffer data, Token&& token) {
    return stream.async_write_some(data, std::forward<Token>(token));
  }
};

/// Asio's composed operation, which most programs use.
struct async_write {
  static constexpr std::string_view name = "async_write";
  static constexpr bool is_read = false;
  static constexpr bool is_composed = true;

  template <class Stream, class Token>
  static auto start(Stream& stream, net::const_buffer data, Token&& token) {
    return net::async_write(stream, data, std::forward<Token>(token));
  }
};

/// The stream's own operation.
struct async_read_some {
  static constexpr std::string_view name = "async_read_some";
  static constexpr bool is_read = true;

  template <class Stream, class Token>
  static auto start(Stream& stream, net::mutable_buffer data, Token&& token) {
    return stream.async_read_some(data, std::forward<Token>(token));
  }
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_CONTENDERS_OPERATIONS_H
