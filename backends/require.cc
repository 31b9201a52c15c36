// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License, Version 1.0.

#include <boost/system/system_error.hpp>
#include <cerrno>
#include <fstream>
#include <string>

#include "timed/backend.h"

#if defined(TIMED_BACKEND_IO_URING)
#include <liburing.h>
#else
#include <sys/epoll.h>
#include <unistd.h>
#endif

namespace timed::backend {
namespace {

#if defined(TIMED_BACKEND_IO_URING)

// 0, or the errno with which the kernel refuses what Asio is about to ask for.
int try_backend() {
  ::io_uring ring;
  const int result = ::io_uring_queue_init(2, &ring, 0);
  if (result < 0) return -result;
  ::io_uring_queue_exit(&ring);
  return 0;
}

std::string explain(int error) {
  constexpr const char* alternative = ", or build with --@timed_stream//backends:backend=epoll.";
  if (error == EPERM) {
    int disabled = 0;
    std::ifstream("/proc/sys/kernel/io_uring_disabled") >> disabled;
    if (disabled != 0) {
      return "io_uring is switched off on this machine (sysctl kernel.io_uring_disabled is " +
             std::to_string(disabled) + "). Have it set to 0" + alternative;
    }
    return std::string(
               "io_uring is forbidden to this process, most probably by the seccomp profile of a "
               "container runtime. Run it with a profile that allows io_uring_setup, "
               "io_uring_enter and io_uring_register (for example --security-opt "
               "seccomp=unconfined)") +
           alternative;
  }
  if (error == ENOSYS) {
    return std::string(
               "this kernel has no io_uring, or a seccomp profile hides it. Asio needs Linux 5.10 "
               "or newer. Use such a kernel") +
           alternative;
  }
  if (error == ENOMEM) {
    return std::string(
               "no memory may be locked for an io_uring: the limit RLIMIT_MEMLOCK is reached "
               "(kernels before 5.12 count rings against it). Raise it (ulimit -l)") +
           alternative;
  }
  if (error == EMFILE || error == ENFILE) {
    return std::string("no file descriptor is left for an io_uring. Raise the limit (ulimit -n)") +
           alternative;
  }
  return std::string("the kernel refuses an io_uring for a reason not known to timed_stream. Try "
                     "another kernel") +
         alternative;
}

#else

int try_backend() {
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) return errno;
  ::close(fd);
  return 0;
}

std::string explain(int error) {
  if (error == EMFILE || error == ENFILE) {
    return "no file descriptor is left for an epoll instance. Raise the limit (ulimit -n).";
  }
  return "the kernel refuses an epoll instance for a reason not known to timed_stream.";
}

#endif

}  // namespace

std::string unavailable_reason() {
  const int error = try_backend();
  return error == 0 ? std::string() : explain(error);
}

void require() {
  const int error = try_backend();
  if (error == 0) return;
  throw boost::system::system_error(
      error_code(error, boost::system::system_category()),
      "timed_stream: the backend " + std::string(name()) + " does not work here: " +
          explain(error));
}

}  // namespace timed::backend
