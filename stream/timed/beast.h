// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// Support for rate policies that were written for Boost.Beast, with
/// `friend class boost::beast::rate_policy_access;`, and for Beast's own, such as
/// `boost::beast::simple_rate_policy`. Include this before a stream with such a policy is used. It
/// needs Beast's headers: the program itself has to depend on Beast.

#ifndef TIMED_BEAST_H
#define TIMED_BEAST_H

#include <boost/beast/core/rate_policy.hpp>
#include <cstddef>
#include <type_traits>

#include "timed/detail/rate/rate_gate.h"

namespace timed::detail {

struct beast_rate_policy_key {};

}  // namespace timed::detail

namespace boost::beast {

template <class, class, class>
class basic_stream;

// The friend of Beast's access class is the template basic_stream, and so this specialisation too,
// which is not a stream.
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

// For every policy whose functions this library's own access class cannot call. The constraint only
// makes this a specialisation.
template <class Policy>
  requires std::is_class_v<Policy>
struct foreign_rate_policy_access<Policy>
    : boost::beast::basic_stream<beast_rate_policy_key, beast_rate_policy_key, Policy> {};

template <>
inline constexpr bool is_unlimited_rate_policy<boost::beast::unlimited_rate_policy> = true;

}  // namespace timed::detail

#endif  // TIMED_BEAST_H
