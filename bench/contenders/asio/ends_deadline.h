// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_ASIO_ENDS_DEADLINE_H
#define TIMED_BENCH_CONTENDERS_ASIO_ENDS_DEADLINE_H

#include <boost/asio/associator.hpp>
#include <boost/asio/async_result.hpp>
#include <cstddef>
#include <utility>

#include "timed/backend.h"

namespace timed::bench::contenders {

/// Completion handler of an operation whose deadline is kept by hand: removes the deadline, then
/// calls the operation's handler. So a deadline never hits the next operation, or an idle socket.
template <class Stream, class Handler>
class ends_deadline {
 public:
  ends_deadline(Stream& stream, Handler handler) : stream_(&stream), handler_(std::move(handler)) {}

  void operator()(error_code ec, std::size_t bytes) {
    stream_->expires_never();
    std::move(handler_)(ec, bytes);
  }

  const Handler& handler() const noexcept { return handler_; }

 private:
  Stream* stream_;
  Handler handler_;
};

/// Starts an operation on the socket of a stream, whose completion removes the deadline.
/// @param stream Must outlive the operation, as in a session that is kept by its handlers.
template <class Operation>
auto start_and_end_deadline(auto& stream, auto buffer, auto&& token) {
  return net::async_initiate<void(error_code, std::size_t)>(
      [](auto handler, auto* with_deadline, auto to_or_from) {
        Operation::start(with_deadline->socket(), to_or_from,
                         ends_deadline(*with_deadline, std::move(handler)));
      },
      std::forward<decltype(token)>(token), &stream, buffer);
}

}  // namespace timed::bench::contenders

// Its executor, allocator and cancellation slot are those of the operation's handler.
template <template <class, class> class Associator, class Stream, class Handler, class Default>
struct boost::asio::associator<Associator, timed::bench::contenders::ends_deadline<Stream, Handler>,
                               Default> : Associator<Handler, Default> {
  using ending = timed::bench::contenders::ends_deadline<Stream, Handler>;

  static decltype(auto) get(const ending& from) noexcept {
    return Associator<Handler, Default>::get(from.handler());
  }
  static decltype(auto) get(const ending& from, const Default& otherwise) noexcept {
    return Associator<Handler, Default>::get(from.handler(), otherwise);
  }
};

#endif  // TIMED_BENCH_CONTENDERS_ASIO_ENDS_DEADLINE_H
