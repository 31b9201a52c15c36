// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STATE_DEFERRED_ACTIONS_H
#define TIMED_DETAIL_STATE_DEFERRED_ACTIONS_H

#include <array>
#include <boost/asio/cancellation_type.hpp>
#include <cstdint>

#include "timed/direction.h"

namespace timed::detail {

/// Actions on a stream's socket that are deferred until no initiating function is running.
struct deferred_actions {
  struct of_direction {
    bool expires : 1 = false;         // check the deadline of its operation
    bool ends_rate_wait : 1 = false;  // end the wait for the rate policy
    std::uint8_t types : 3 = 0;       // cancel its operation, with these types of cancellation

    void cancel(boost::asio::cancellation_type_t type) noexcept {
      types = static_cast<std::uint8_t>((types | static_cast<unsigned>(type)) & 7u);
      ends_rate_wait = true;
    }
    bool any() const noexcept { return expires || ends_rate_wait; }
  };

  of_direction& of(direction which) noexcept { return directions[index_of(which)]; }

  bool cancel : 1 = false;
  bool close : 1 = false;
  std::array<of_direction, 2> directions;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STATE_DEFERRED_ACTIONS_H
