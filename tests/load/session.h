// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_LOAD_SESSION_H
#define TIMED_TESTS_LOAD_SESSION_H

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <memory>
#include <utility>

#include "tests/load/options.h"
#include "tests/load/shared_state.h"
#include "tests/load/stream_kinds.h"

namespace timed::tests::load {

/// Writes back what arrives, until the peer ends the connection or exceeds a limit.
///
/// The deadlines are computed here too, before the stream does: thus no timeout may come before
/// one of these.
///
/// @tparam Kind The stream; one of stream_kinds.h.
template <class Kind>
class session : public std::enable_shared_from_this<session<Kind>> {
 public:
  session(typename Kind::stream::socket_type socket, const limits& given, server_state& state)
      : stream_(std::move(socket)), limits_(given), state_(state) {
    ++state_.opened;
    Kind::prepare(stream_, limits_);
  }
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session() { ++state_.ended; }

  void read() {
    deadline_ = std::min(clock::now() + limits_.idle, request_deadline_);
    Kind::before_operation(stream_, deadline_);
    stream_.async_read_some(net::buffer(memory_),
                            [self = this->shared_from_this()](error_code ec, std::size_t bytes) {
                              if (ec) return self->end_reading(ec);
                              self->follow_requests(bytes);
                              self->write(0, bytes);
                            });
  }

 private:
  static constexpr time_point never = time_point::max();

  void write(std::size_t from, std::size_t to) {
    deadline_ = clock::now() + limits_.write;
    Kind::before_operation(stream_, deadline_);
    stream_.async_write_some(
        net::buffer(memory_.data() + from, to - from),
        [self = this->shared_from_this(), from, to](error_code ec, std::size_t bytes) {
          if (ec) return self->end(ec, self->state_.write_timeouts);
          if (from + bytes < to) return self->write(from + bytes, to);
          self->read();
        });
  }

  // Sets the deadline of a request that has begun, or removes that of one that is complete.
  void follow_requests(std::size_t bytes) {
    const bool is_another = incomplete_ == 0 || incomplete_ + bytes >= request_bytes;
    incomplete_ = (incomplete_ + bytes) % request_bytes;
    const time_point before = request_deadline_;
    if (incomplete_ == 0) {
      request_deadline_ = never;
    } else if (is_another) {
      request_deadline_ = clock::now() + limits_.request;
    }
    if (request_deadline_ != before) Kind::set_request_deadline(stream_, request_deadline_);
  }

  void end_reading(error_code ec) {
    end(ec, deadline_ == request_deadline_ ? state_.request_timeouts : state_.idle_timeouts);
  }

  void end(error_code ec, counter& timeouts) {
    const time_point now = clock::now();
    if (Kind::is_timeout(ec)) {  // which has closed the stream
      ++timeouts;
      if (now < deadline_) ++state_.early_timeouts;
      state_.timeouts_late.record(now - deadline_);
    } else {
      stream_.close();
      state_.closing.record(clock::now() - now);
    }
  }

  typename Kind::stream stream_;
  const limits& limits_;
  server_state& state_;
  time_point deadline_;
  time_point request_deadline_ = never;
  std::size_t incomplete_ = 0;  // bytes of a request that have arrived
  std::array<char, 1024> memory_;
};

}  // namespace timed::tests::load

#endif  // TIMED_TESTS_LOAD_SESSION_H
