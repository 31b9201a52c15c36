// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_OPERATION_INITIATION_H
#define TIMED_DETAIL_OPERATION_INITIATION_H

#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "timed/detail/completed.h"
#include "timed/detail/operation/connect_step.h"
#include "timed/detail/operation/range_connect.h"
#include "timed/detail/operation/stream_access.h"
#include "timed/detail/operation/transfer.h"
#include "timed/direction.h"
#include "timed/error.h"

namespace timed::detail {

/// The base of initiation objects: what `net::async_initiate` calls with the handler. They have an
/// executor, which token adapters such as cancel_after use.
template <class Stream>
class initiation {
 public:
  using executor_type = typename Stream::executor_type;

  explicit initiation(Stream& stream) : stream_(&stream) {}
  executor_type get_executor() const noexcept { return stream_->get_executor(); }

 protected:
  const auto& state() const { return stream_access::state(*stream_); }

 private:
  Stream* stream_;
};

template <class Stream>
struct connect_initiation : initiation<Stream> {
  explicit connect_initiation(Stream& stream) : initiation<Stream>(stream) {}

  template <class Handler>
  void operator()(Handler&& handler, const typename Stream::endpoint_type& endpoint) const {
    run_connect(this->state(), std::forward<Handler>(handler), endpoint);
  }
};

template <class Stream>
struct range_connect_initiation : initiation<Stream> {
  explicit range_connect_initiation(Stream& stream) : initiation<Stream>(stream) {}

  template <class Handler, class Endpoints, class Condition>
  void operator()(Handler&& handler, Endpoints&& endpoints, Condition&& condition) const {
    run_range_connect(this->state(), std::forward<Handler>(handler),
                      std::decay_t<Endpoints>(std::forward<Endpoints>(endpoints)),
                      std::decay_t<Condition>(std::forward<Condition>(condition)));
  }
};

template <direction which, class Stream>
struct transfer_initiation : initiation<Stream> {
  using initiation<Stream>::initiation;

  template <class Handler, class Buffers>
  void operator()(Handler&& handler, const Buffers& buffers) const {
    if (net::buffer_size(buffers) == 0) {
      return complete_immediately(this->get_executor(),
                                  std::decay_t<Handler>(std::forward<Handler>(handler)),
                                  error_code(), std::size_t(0));
    }
    run_transfer<which>(this->state(), std::forward<Handler>(handler), buffers);
  }
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_OPERATION_INITIATION_H
