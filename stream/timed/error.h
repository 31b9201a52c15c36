// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// The error codes of timed operations.

#ifndef TIMED_ERROR_H
#define TIMED_ERROR_H

#include <boost/system/errc.hpp>
#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>
#include <string>
#include <type_traits>

#include "timed/detail/requires_cxx20.h"

namespace timed {

/// The error code of all operations, as in Asio.
using error_code = boost::system::error_code;

/// The errors of timed operations, in addition to those of the socket.
///
/// @code
/// if (ec == timed::error::timeout) ...
/// @endcode
enum class error {
  /// The operation's deadline passed before it completed. Distinct from
  /// `asio::error::operation_aborted`, which means that the program cancelled it, and from
  /// `asio::error::timed_out`, which means that the peer did not answer TCP.
  timeout = 1,
};

/// Conditions for portable code to compare an error code with.
enum class condition {
  /// A deadline passed: matches `error::timeout`. (`error::timeout` also matches
  /// `boost::system::errc::timed_out` and `boost::beast::condition::timeout`.)
  timeout = 1,
};

namespace detail {

// The numbers identify the categories where a program has several copies of them, in shared objects
// with hidden symbols.
class error_category final : public boost::system::error_category {
 public:
  constexpr error_category() noexcept : boost::system::error_category(0x8d1f3c52a7e94b60) {}

  const char* name() const noexcept override { return "timed"; }

  std::string message(int value) const override {
    if (value == static_cast<int>(error::timeout)) {
      return "timed out: a deadline (expires_after/at, read_timeout, write_timeout or "
             "with_timeout) passed before the operation completed";
    }
    return "unknown error of timed_stream";
  }

  boost::system::error_condition default_error_condition(int value) const noexcept override;

  bool equivalent(int value, const boost::system::error_condition& other) const noexcept override {
    if (default_error_condition(value) == other) return true;
    return value == static_cast<int>(error::timeout) && is_foreign_timeout(other);
  }

 private:
  static bool is_foreign_timeout(const boost::system::error_condition& other) noexcept;
};

/// Boost.Beast's category of conditions, identified by the number that Beast publishes.
class beast_condition_category final : public boost::system::error_category {
 public:
  constexpr beast_condition_category() noexcept
      : boost::system::error_category(0x3dd0b0ce843c5b10) {}
  const char* name() const noexcept override { return "boost.beast"; }
  std::string message(int) const override { return "The operation timed out"; }
};

class condition_category final : public boost::system::error_category {
 public:
  constexpr condition_category() noexcept : boost::system::error_category(0x8d1f3c52a7e94b61) {}

  const char* name() const noexcept override { return "timed"; }

  std::string message(int value) const override {
    if (value == static_cast<int>(condition::timeout)) return "a deadline passed";
    return "unknown condition of timed_stream";
  }
};

}  // namespace detail

/// The category of `timed::error`; its name is "timed".
inline const boost::system::error_category& error_category() noexcept {
  static const detail::error_category instance;
  return instance;
}

/// The category of `timed::condition`.
inline const boost::system::error_category& condition_category() noexcept {
  static const detail::condition_category instance;
  return instance;
}

/// Returns the error code for `value`; found by argument-dependent look-up, so that
/// `error_code ec = timed::error::timeout;` works.
inline error_code make_error_code(error value) noexcept {
  return error_code(static_cast<int>(value), error_category());
}

/// Returns the error condition for `value`, so that `ec == timed::condition::timeout` works.
inline boost::system::error_condition make_error_condition(condition value) noexcept {
  return boost::system::error_condition(static_cast<int>(value), condition_category());
}

namespace detail {

inline boost::system::error_condition error_category::default_error_condition(
    int value) const noexcept {
  if (value == static_cast<int>(error::timeout)) return make_error_condition(condition::timeout);
  return boost::system::error_condition(value, *this);
}

inline bool error_category::is_foreign_timeout(
    const boost::system::error_condition& other) noexcept {
  static const beast_condition_category beast;
  return other == boost::system::errc::make_error_condition(boost::system::errc::timed_out) ||
         (other.value() == 1 && other.category() == beast);
}

}  // namespace detail
}  // namespace timed

template <>
struct boost::system::is_error_code_enum<timed::error> : std::true_type {};

template <>
struct boost::system::is_error_condition_enum<timed::condition> : std::true_type {};

#endif  // TIMED_ERROR_H
