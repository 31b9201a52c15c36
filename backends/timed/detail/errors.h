// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_ERRORS_H
#define TIMED_DETAIL_ERRORS_H

#include <boost/system/error_code.hpp>
#include <boost/system/system_category.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>

#include "timed/detail/requires_cxx20.h"

// The errors of system calls as error codes.

namespace timed::detail {

/// Returns an errno value as an error code.
inline boost::system::error_code system_error(int number) {
  return boost::system::error_code(number, boost::system::system_category());
}

/// Returns errno as an error code.
inline boost::system::error_code last_error() {
  return system_error(errno);
}

/// Returns errno as an error code, if a system call's result is negative.
inline boost::system::error_code error_if(long result) {
  return result < 0 ? last_error() : boost::system::error_code();
}

/// Returns the error of a result that is a negative errno value, or none if it is not negative.
inline boost::system::error_code error_of(int result) {
  return result < 0 ? system_error(-result) : boost::system::error_code();
}

/// Throws a `boost::system::system_error`, if there is an error.
inline void throw_if(const boost::system::error_code& ec, const char* what) {
  if (ec) throw boost::system::system_error(ec, what);
}

}  // namespace timed::detail

#endif  // TIMED_DETAIL_ERRORS_H
