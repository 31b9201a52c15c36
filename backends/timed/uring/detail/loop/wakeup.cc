// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/loop/wakeup.h"

#include <liburing.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/system/system_category.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <utility>

#include "timed/uring/detail/operation/assert.h"
#include "timed/uring/detail/ring/refusal.h"

namespace timed::uring::detail {
namespace {

// The memory into which the kernel reads each eventfd. Static, since such a read may end after its
// loop. The number itself does not matter.
std::uint64_t event_count;

int open_event() {
  const int event = ::eventfd(0, EFD_CLOEXEC);
  if (event >= 0) return event;
  const int error = errno;
  throw boost::system::system_error(
      error, boost::system::system_category(),
      "timed_stream: no eventfd can be made: " + (error == ENOMEM
                                                      ? "the kernel has no memory for it"
                                                      : explain_refused_io_uring(error, "5.19")));
}

}  // namespace

wakeup::wakeup() : event_(open_event()) {}

wakeup::~wakeup() {
  ::close(event_);
}

void wakeup::reopen() {
  ::close(std::exchange(event_, open_event()));
}

void wakeup::arm(io_uring_sqe& entry) noexcept {
  TIMED_URING_ASSERT(!is_armed_);
  ::io_uring_prep_read(&entry, event_, &event_count, sizeof(event_count), 0);
  ::io_uring_sqe_set_data64(&entry, user_data);
  is_armed_ = true;
}

void wakeup::signal() noexcept {
  const std::uint64_t one = 1;
  while (::write(event_, &one, sizeof(one)) < 0 && errno == EINTR) {
  }
}

}  // namespace timed::uring::detail
