// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// Rate policies that were written for Boost.Beast: include this where a timed stream has one that
/// says `friend class boost::beast::rate_policy_access;`, before the stream is used. Beast's own,
/// such as `boost::beast::simple_rate_policy`, are of that kind too. Needs Beast's headers, which
/// the program has to depend on itself.

#ifndef TIMED_BEAST_H
#define TIMED_BEAST_H

#include <boost/beast/core/rate_policy.hpp>
#include <cstddef>
#include <type_traits>

#include "timed/detail/rate_gate.h"

namespace timed::detail {

struct beast_rate_policy_key {};

}  // namespace timed::detail

namespace boost::beast {

template <class, class, class>
class basic_stream;

// Beast's access class lets itself be used by any basic_stream, and that is a template: so also by
// this specialisation, which is a stream in name only.
template <class Policy>
class basic_stream<timed::detail::beast_rate_policy_key, timed::detail::beast_rate_policy_key,
                   Policy> {
 public:
  static constexpr bool available = true;

  static std::size_t available_read_bytes(Policy& policy) {
    return rate_policy_access::available_read_bytes(policy);
  }

  static std::size_t available_write_bytes(Policy& policy) {
    return rate_policy_access::available_write_bytes(policy);
  }

  static void transfer_read_bytes(Policy& policy, std::size_t bytes) {
    rate_policy_access::transfer_read_bytes(policy, bytes);
  }

  static void transfer_write_bytes(Policy& policy, std::size_t bytes) {
    rate_policy_access::transfer_write_bytes(policy, bytes);
  }

  static void on_timer(Policy& policy) { rate_policy_access::on_timer(policy); }
};

}  // namespace boost::beast

namespace timed::detail {

// Whatever this library's own access cannot call is taken for Beast's. The constraint is there only
// to make this a specialisation.
template <class Policy>
  requires std::is_class_v<Policy>
struct foreign_rate_policy_access<Policy>
    : boost::beast::basic_stream<beast_rate_policy_key, beast_rate_policy_key, Policy> {};

template <>
inline constexpr bool is_unlimited_rate_policy<boost::beast::unlimited_rate_policy> = true;

}  // namespace timed::detail

#endif  // TIMED_BEAST_H
