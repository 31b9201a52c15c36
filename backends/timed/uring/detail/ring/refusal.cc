// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "timed/uring/detail/ring/refusal.h"

#include <cerrno>
#include <fstream>

namespace timed::uring::detail {

std::string explain_refused_io_uring(int error, const std::string& oldest_kernel) {
  const std::string alternative =
      ", or use Asio on epoll: net::io_context, --@timed_stream//backends:backend=epoll";
  switch (error) {
    case EPERM: {
      int disabled = 0;
      std::ifstream("/proc/sys/kernel/io_uring_disabled") >> disabled;
      if (disabled != 0) {
        return "io_uring is switched off on this machine (sysctl kernel.io_uring_disabled is " +
               std::to_string(disabled) + "). Have it set to 0" + alternative;
      }
      return "io_uring is forbidden to this process, most probably by the seccomp profile of a "
             "container runtime. Run it with a profile that allows io_uring_setup, io_uring_enter "
             "and io_uring_register (for example --security-opt seccomp=unconfined)" +
             alternative;
    }
    case ENOSYS:
    case EINVAL:
      return "this kernel's io_uring is too old or lacks what was asked for, or a seccomp profile "
             "hides it. Use Linux " +
             oldest_kernel + " or newer" + alternative;
    case ENOMEM:
      return "the memory that this user may lock is used up (RLIMIT_MEMLOCK). Raise that limit "
             "(ulimit -l, or memlock in limits.conf), use fewer contexts at a time" +
             alternative;
    case EMFILE:
    case ENFILE:
      return "no file descriptor is left for it. Raise the limit (ulimit -n)";
    default:
      return "the kernel refuses for a reason not known to timed_stream (error " +
             std::to_string(error) + ")";
  }
}

}  // namespace timed::uring::detail
